//! What becomes of files of categories.

use super::*;
use crate::domain::catalogue::sheet::read;
use crate::domain::catalogue::shipped;

fn catalogue() -> Catalogue {
    Catalogue(shipped().expect("is valid"))
}

fn top() -> Root {
    Root { code: String::new(), kind: TicketType::Other, priority: Priority::Medium }
}

fn import(catalogue: &Catalogue, root: &Root, text: &str) -> Outcome {
    let rows = read(text).expect("a header");
    outcome(catalogue, root, rows, |team| team == "on-site-east", |policy| policy == "swift")
        .expect("is told")
}

fn after(catalogue: &Catalogue, outcome: &Outcome) -> Catalogue {
    let mut all = catalogue.0.clone();
    for Edition { after, .. } in &outcome.editions {
        all.retain(|category| category.code != after.code);
        all.push(after.clone());
    }
    Catalogue::in_order(all)
}

const TREE: &str = "level1,level2,level3\n城乡,安全,事故\n城乡,安全,隐患\n城乡,“道路”、桥梁,路灯\n";

#[test]
fn a_tree_comes_in_with_what_is_above_and_a_second_time_changes_nothing() {
    let first = import(&catalogue(), &top(), TREE);
    assert_eq!((first.created, first.changed, first.unchanged, first.rejected.len()), (6, 0, 0, 0));
    let all = after(&catalogue(), &first);
    let codes: Vec<&str> = all.subtree("城乡").map(|category| category.code.as_str()).collect();
    let expected =
        ["城乡", "城乡.安全", "城乡.安全.事故", "城乡.安全.隐患", "城乡.道路-桥梁", "城乡.道路-桥梁.路灯"];
    assert_eq!(codes, expected);
    let again = import(&all, &top(), TREE);
    assert_eq!((again.editions.len(), again.unchanged), (0, 3));
}

#[test]
fn a_tree_is_hung_below_a_category_and_takes_its_ways() {
    let root = Root { code: "repair".into(), ..top() };
    let all = after(
        &catalogue(),
        &import(&catalogue(), &root, "level1,level2\n物业公共区域报修,电梯\n水电,水管\n"),
    );
    let lift = all.get("repair.public.电梯").expect("below the leaf of that label");
    assert_eq!((lift.kind, lift.priority), (TicketType::Fault, Priority::Medium));
    assert!(all.get("repair.水电.水管").is_some());
}

#[test]
fn columns_say_what_the_leaf_is_and_a_change_of_them_is_a_version() {
    let text = "level1,level2,code,label_en,type,priority,policy,team\n\
                报修服务,屋顶,repair.roof,Roof,FAULT,HIGH,swift,on-site-east\n";
    let first = import(&catalogue(), &top(), text);
    assert_eq!((first.created, first.changed), (1, 0));
    let all = after(&catalogue(), &first);
    let roof = all.get("repair.roof").expect("is there");
    assert_eq!(
        (roof.priority, roof.policy.as_str(), roof.team_key.as_str()),
        (Priority::High, "swift", "on-site-east")
    );
    let second = import(&all, &top(), &text.replace("HIGH", "LOW"));
    assert_eq!((second.changed, second.editions[0].after.version), (1, 2));
}

#[test]
fn one_row_that_can_not_be_taken_leaves_everything_as_it_was() {
    let text = "level1,level2,policy,team\n\
                甲,乙,,\n甲,丙,swift,nobody\n甲,丁,slow,\n甲,乙,,\n甲,“”,,\n甲,戊 己,,\n甲,戊、己,,\n";
    let outcome = import(&catalogue(), &top(), text);
    assert!(outcome.editions.is_empty());
    let lines: Vec<u64> = outcome.rejected.iter().map(|row| row.line).collect();
    assert_eq!(lines, [3, 4, 5, 6, 8]);
    assert!(outcome.rejected[2].en.contains("line 2"), "{:?}", outcome.rejected[2]);
    assert!(outcome.rejected[4].zh.contains("戊 己"), "{:?}", outcome.rejected[4]);
}

#[test]
fn a_retired_category_stays_so_unless_the_row_brings_it_back() {
    let mut retired = catalogue();
    for category in retired.0.iter_mut().filter(|category| category.code == "repair.paid") {
        category.active = false;
    }
    let kept = import(&retired, &top(), "level1,level2\n报修服务,其他有偿维修\n");
    assert_eq!((kept.editions.len(), kept.unchanged), (0, 1));
    let back = import(&retired, &top(), "level1,level2,active\n报修服务,其他有偿维修,true\n");
    assert!(back.editions[0].after.active);
    let board = import(
        &catalogue(),
        &top(),
        "code,label_zh,active\nrepair,报修服务,false\nrepair.paid,其他有偿维修,true\n",
    );
    assert_eq!(board.rejected[0].line, 3, "the board is retired by the row before");
    let board = import(&catalogue(), &top(), "code,label_zh,active\nrepair,报修服务,false\n");
    assert_eq!(board.changed, 4, "with those below it");
}

#[test]
fn codes_hang_below_what_is_there_or_came_before() {
    let text = "code,label_zh\nsea,海\nsea.ship,船\nair.plane,飞机\nrepair.public,公共区域\n";
    let outcome = import(&catalogue(), &top(), text);
    assert_eq!((outcome.created, outcome.changed, outcome.rejected.len()), (2, 1, 1));
    assert_eq!(outcome.rejected[0].line, 4);
    let nowhere = Root { code: "nowhere".into(), ..top() };
    assert!(outcome_of(&nowhere).is_err());
}

fn outcome_of(root: &Root) -> Result<Outcome, Error> {
    outcome(&catalogue(), root, Vec::new(), |_| true, |_| true)
}
