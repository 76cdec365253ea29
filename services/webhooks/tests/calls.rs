//! Calls to receivers on this machine: what is sent, what comes of it, and what is never called (D19).

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use hotline_webhooks::address::Rules;
use hotline_webhooks::outcome::Outcome;
use hotline_webhooks::sender::{Letter, Report, Sender};
use hotline_webhooks::signature::{Secret, Signed, verify};
use hotline_webhooks::trust::Trust;
use hotline_webhooks::{Resolve, System};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const BODY: &str = r#"{"type":"assignment.queued"}"#;

/// A receiver that keeps what it was sent and answers the same to everything.
struct Receiver {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    async fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer, kept.clone()));
            }
        });
        Self { address, requests }
    }

    /// The same over TLS, with a certificate for this machine that is its own authority; returns that too, as PEM.
    async fn behind_tls(answer: &'static str) -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let tls = ServerConfig::builder().with_no_client_auth();
        let tls =
            tls.with_single_cert(vec![made.cert.der().clone()], key).expect("a certificate with its key");
        let tls = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, kept) = (tls.clone(), kept.clone());
                tokio::spawn(async move {
                    // A caller who does not trust it goes.
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, answer, kept).await;
                    }
                });
            }
        });
        (Self { address, requests }, made.cert.pem())
    }

    fn seen(&self) -> Vec<String> {
        self.requests.lock().expect("no test panics here").clone()
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &'static str,
    kept: Arc<Mutex<Vec<String>>>,
) {
    let (mut request, mut chunk) = (String::new(), [0; 4096]);
    while !request.ends_with(BODY) {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(read) => request.push_str(&String::from_utf8_lossy(&chunk[..read])),
        }
    }
    kept.lock().expect("no test panics here").push(request);
    if answer.is_empty() {
        // It never answers, and holds the connection until the caller goes.
        let _ = stream.read(&mut chunk).await;
        return;
    }
    let _ = stream.write_all(answer.as_bytes()).await;
}

#[tokio::test]
async fn a_receiver_behind_tls_is_called_where_its_authority_is_trusted_and_only_there() {
    let (receiver, authority) = Receiver::behind_tls("HTTP/1.1 204 No Content\r\n\r\n").await;
    let letter = letter(receiver.url().replace("http:", "https:"), &Secret::generate());
    let machine = Sender::new(inside(), Trust::of_machine(), Arc::new(System), Duration::from_secs(5));
    assert_eq!(machine.send(&letter, now()).await.outcome, Outcome::Unreachable);
    assert!(receiver.seen().is_empty(), "nothing is told to who is not known");
    let trust = Trust::of_machine().and(authority.as_bytes()).expect("a certificate");
    let company = Sender::new(inside(), trust, Arc::new(System), Duration::from_secs(5));
    assert_eq!(company.send(&letter, now()).await.outcome, Outcome::Delivered);
    assert_eq!(receiver.seen().len(), 1);
}

fn inside() -> Rules {
    Rules::new(&["127.0.0.0/8".into()], true).expect("networks")
}

fn sender(rules: Rules) -> Sender {
    Sender::new(rules, Trust::of_machine(), Arc::new(System), Duration::from_secs(5))
}

fn letter(url: String, secret: &Secret) -> Letter {
    Letter {
        url,
        id: "msg_1".into(),
        body: Bytes::from_static(BODY.as_bytes()),
        secrets: vec![secret.clone()],
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_413_200, 0).expect("a time")
}

async fn sent(rules: Rules, url: String) -> Report {
    sender(rules).send(&letter(url, &Secret::generate()), now()).await
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")));
    line.and_then(|line| line.split_once(": ")).map(|(_, value)| value.trim()).unwrap_or_default()
}

#[tokio::test]
async fn a_message_arrives_signed_for_its_attempt() {
    let receiver = Receiver::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let (secret, sender) = (Secret::generate(), sender(inside()));
    let letter = letter(receiver.url(), &secret);
    for at in [now(), now() + TimeDelta::minutes(5)] {
        let report = sender.send(&letter, at).await;
        assert_eq!(report, Report { outcome: Outcome::Delivered, status: Some(204), retry_after: None });
        let request = receiver.seen().pop().expect("it came");
        assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
        let signed = Signed {
            id: header(&request, "webhook-id"),
            timestamp: header(&request, "webhook-timestamp"),
            signature: header(&request, "webhook-signature"),
        };
        assert_eq!((signed.id, signed.timestamp), ("msg_1", at.timestamp().to_string().as_str()));
        assert_eq!(verify(std::slice::from_ref(&secret), &signed, BODY.as_bytes(), at), Ok(()));
        assert_eq!(header(&request, "content-type"), "application/json");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inner = Receiver::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let moved =
        format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", inner.url());
    let outer = Receiver::answering(moved.leak()).await;
    let report = sent(inside(), outer.url()).await;
    assert_eq!((report.outcome, report.status), (Outcome::Redirected, Some(307)));
    assert_eq!((outer.seen().len(), inner.seen().len()), (1, 0));
}

#[tokio::test]
async fn a_receiver_says_when_it_wants_to_hear_more() {
    let busy = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n";
    let report = sent(inside(), Receiver::answering(busy).await.url()).await;
    assert_eq!((report.outcome, report.retry_after), (Outcome::Busy, Some(TimeDelta::minutes(2))));
}

#[tokio::test]
async fn an_answer_without_end_does_no_harm() {
    let endless = format!("HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n{}", "x".repeat(200_000));
    let report = sent(inside(), Receiver::answering(endless.leak()).await.url()).await;
    assert_eq!(report.outcome, Outcome::Delivered);
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_given_up() {
    let silent = Receiver::answering("").await;
    let sender = Sender::new(inside(), Trust::of_machine(), Arc::new(System), Duration::from_millis(200));
    let report = sender.send(&letter(silent.url(), &Secret::generate()), now()).await;
    assert_eq!((report.outcome, silent.seen().len()), (Outcome::TimedOut, 1));
}

#[tokio::test]
async fn who_is_not_there_is_told_from_who_must_not_be_called() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let gone = listener.local_addr().expect("an address");
    drop(listener);
    assert_eq!(sent(inside(), format!("http://{gone}/")).await.outcome, Outcome::Unreachable);
    assert_eq!(
        sent(Rules { allow_http: true, ..Rules::default() }, format!("http://{gone}/")).await.outcome,
        Outcome::Blocked
    );
}

/// Answers a name with one list of addresses after the other, the last for good.
struct Scripted {
    answers: Vec<Vec<SocketAddr>>,
    asked: AtomicUsize,
}

impl Resolve for Scripted {
    fn resolve(&self, _: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        let answer = self.answers[asked].iter().map(|address| SocketAddr::new(address.ip(), port)).collect();
        Box::pin(async move { Ok(answer) })
    }
}

/// A public name of which `answers` is told, with the port of a receiver behind it.
async fn by_name(rules: Rules, receiver: &Receiver, answers: &[&[&str]]) -> Report {
    let read = |address: &&str| SocketAddr::new(address.parse().expect("an address"), 0);
    let answers = answers.iter().map(|all| all.iter().map(read).collect()).collect();
    let resolver = Arc::new(Scripted { answers, asked: AtomicUsize::new(0) });
    let sender = Sender::new(rules, Trust::of_machine(), resolver, Duration::from_secs(5));
    let url = format!("http://partner.example:{}/hook", receiver.address.port());
    let mut report = sender.send(&letter(url.clone(), &Secret::generate()), now()).await;
    if sender_was_let_in(&report) {
        report = sender.send(&letter(url, &Secret::generate()), now()).await;
    }
    report
}

fn sender_was_let_in(report: &Report) -> bool {
    report.outcome == Outcome::Delivered
}

/// The answer closes the connection, so that every call looks the name up anew.
const CLOSES: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called() {
    let receiver = Receiver::answering(CLOSES).await;
    let open = Rules { allow_http: true, ..Rules::default() };
    for inside in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00:ec2::254"] {
        assert_eq!(
            by_name(open.clone(), &receiver, &[&[inside]]).await.outcome,
            Outcome::Blocked,
            "{inside}"
        );
    }
    assert!(receiver.seen().is_empty());
}

#[tokio::test]
async fn a_name_that_flips_is_checked_each_time_it_is_called() {
    // One address of this machine stands for the world outside, the other for the inside.
    let (world, receiver) =
        (Rules::new(&["127.0.0.1/32".into()], true).expect("networks"), Receiver::answering(CLOSES).await);
    let report = by_name(world.clone(), &receiver, &[&["127.0.0.1"], &["127.0.0.2"]]).await;
    assert_eq!((report.outcome, receiver.seen().len()), (Outcome::Blocked, 1));
    let report = by_name(world, &receiver, &[&["127.0.0.2", "127.0.0.1"]]).await;
    assert_eq!(
        (report.outcome, receiver.seen().len()),
        (Outcome::Delivered, 3),
        "of several, what may be called is"
    );
}

#[tokio::test]
async fn odd_urls_are_never_called() {
    for url in [
        "gopher://127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1#@example.com/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://2852039166/",
        "",
    ] {
        let open = Rules { allow_http: true, ..Rules::default() };
        assert_eq!(sent(open, url.into()).await.outcome, Outcome::Blocked, "{url}");
    }
    let receiver = Receiver::answering(CLOSES).await;
    let tls_only = Rules { allow_http: false, ..inside() };
    assert_eq!(sent(tls_only, receiver.url()).await.outcome, Outcome::Blocked);
    assert!(receiver.seen().is_empty());
}
