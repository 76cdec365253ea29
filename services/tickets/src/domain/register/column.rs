//! The columns of registers (X3.1–3).

use hotline_proto::locale::Locale;
use hotline_sheets::Kind as Holds;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    /// The ticket's number.
    Number,
    /// The customer's name.
    Name,
    /// How to reach the customer.
    Contact,
    /// 所属项目
    Project,
    /// 房号
    Room,
    /// When it was registered.
    RegisteredAt,
    /// When it happened or is wished for, in the customer's words.
    StatedTime,
    /// What was asked.
    Question,
    /// What was said.
    Content,
    /// Whom or what the complaint is about.
    ComplainedOf,
    /// The category.
    Category,
    /// The priority.
    Priority,
    /// By when an answer was promised (T8).
    PromisedTier,
    /// The answer.
    Answer,
    /// When it was given.
    AnsweredAt,
    /// By whom.
    AnsweredBy,
    /// The team that has it.
    HandedTo,
    /// When somebody took it on.
    TakenOnAt,
    /// When it was solved.
    SolvedAt,
    /// What was done.
    Result,
    /// When a callback or the customer confirmed the solution.
    VerifiedAt,
    /// What was judged of its validity (T5).
    Validity,
    /// When it was forwarded.
    ForwardedAt,
    /// It was forwarded on the day received.
    SameDay,
    /// What was done about it.
    Measures,
    /// When the customer was told.
    FeedbackAt,
    /// The customer is satisfied.
    Satisfied,
    /// How often it was reopened.
    Reopened,
    /// It was done in time.
    InTime,
    /// Record completeness.
    Completeness,
}

use Column::{
    Answer, AnsweredAt, AnsweredBy, Category, ComplainedOf, Completeness, Contact, Content, FeedbackAt,
    ForwardedAt, HandedTo, InTime, Measures, Name, Number, Priority, Project, PromisedTier, Question,
    RegisteredAt, Reopened, Result, Room, SameDay, Satisfied, SolvedAt, StatedTime, TakenOnAt, Validity,
    VerifiedAt,
};

/// The columns of the register of consultations.
pub(super) const CONSULTATION: [Column; 13] = [
    Number,
    Name,
    Contact,
    Project,
    Room,
    RegisteredAt,
    Question,
    PromisedTier,
    Answer,
    AnsweredAt,
    AnsweredBy,
    InTime,
    Completeness,
];

/// The columns of the register of repairs.
pub(super) const REPAIR: [Column; 17] = [
    Number,
    Name,
    Contact,
    Project,
    Room,
    RegisteredAt,
    StatedTime,
    Content,
    Category,
    Priority,
    HandedTo,
    TakenOnAt,
    SolvedAt,
    Result,
    VerifiedAt,
    InTime,
    Completeness,
];

/// The columns of the register of complaints.
pub(super) const COMPLAINT: [Column; 19] = [
    Number,
    Name,
    Contact,
    Project,
    Room,
    RegisteredAt,
    StatedTime,
    Content,
    ComplainedOf,
    Validity,
    HandedTo,
    ForwardedAt,
    SameDay,
    Measures,
    FeedbackAt,
    Satisfied,
    Reopened,
    InTime,
    Completeness,
];

impl Column {
    /// Returns its key in the contract and its heading in English and Chinese.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Number => ("number", "Ticket number", "工单号"),
            Name => ("name", "Name", "姓名"),
            Contact => ("contact", "Contact", "联系方式"),
            Project => ("project", "Project", "所属项目"),
            Room => ("room", "Room", "房号"),
            RegisteredAt => ("registeredAt", "Registered at", "登记时间"),
            StatedTime => ("statedTime", "Time stated", "客户所述时间"),
            Question => ("question", "Question", "咨询问题"),
            Content => ("content", "Content", "反映内容"),
            ComplainedOf => ("complainedOf", "Party complained of", "被投诉方"),
            Category => ("category", "Category", "类别"),
            Priority => ("priority", "Priority", "优先级"),
            PromisedTier => ("promisedTier", "Reply promised within", "承诺答复时限"),
            Answer => ("answer", "Answer", "答复内容"),
            AnsweredAt => ("answeredAt", "Answered at", "答复时间"),
            AnsweredBy => ("answeredBy", "Answered by", "答复人"),
            HandedTo => ("handedTo", "Handed to", "转交班组"),
            TakenOnAt => ("takenOnAt", "Taken on at", "接单时间"),
            SolvedAt => ("solvedAt", "Solved at", "解决时间"),
            Result => ("result", "Result", "处理结果"),
            VerifiedAt => ("verifiedAt", "Verified at", "回访核实时间"),
            Validity => ("validity", "Validity", "有效性判断"),
            ForwardedAt => ("forwardedAt", "Forwarded at", "转交时间"),
            SameDay => ("sameDay", "Forwarded the same day", "当日转交"),
            Measures => ("measures", "Measures and result", "处理措施及结果"),
            FeedbackAt => ("feedbackAt", "Feedback at", "反馈时间"),
            Satisfied => ("satisfied", "Customer satisfied", "客户是否满意"),
            Reopened => ("reopened", "Times reopened", "再次处理次数"),
            InTime => ("inTime", "In time", "是否及时"),
            Completeness => ("completeness", "Record completeness", "记录完整率"),
        }
    }

    /// Returns its key in the contract.
    pub(crate) fn key(self) -> &'static str {
        self.words().0
    }

    /// Returns its heading.
    pub(crate) fn label(self, locale: Locale) -> &'static str {
        let (_, en, zh) = self.words();
        locale.pick(en, zh)
    }

    /// Tells whether the form has a place for it: where it is empty the record lacks it (T3).
    pub(crate) fn is_asked(self) -> bool {
        matches!(self, Name | Contact | Project | Room | StatedTime | Question | Content | ComplainedOf)
    }

    /// Returns what its cells hold.
    pub(crate) fn holds(self) -> Holds {
        match self {
            Question | Content | Answer | Result | Measures => Holds::Prose,
            RegisteredAt | AnsweredAt | TakenOnAt | SolvedAt | VerifiedAt | ForwardedAt | FeedbackAt => {
                Holds::Time
            }
            Reopened => Holds::Number,
            Completeness => Holds::Share,
            _ => Holds::Word,
        }
    }
}
