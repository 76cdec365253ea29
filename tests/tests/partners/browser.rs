//! A real browser, without a window, driven as a person would: by what is on the page. It speaks its debugging protocol
//! over two pipes, JSON between zero bytes, so that no port is open and nothing is downloaded.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where distributions put the browser.
const PLACES: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// The browser and its folder; ends with this value.
pub(crate) struct Browser {
    wire: Arc<Wire>,
    listener: JoinHandle<()>,
    _child: Child,
    _folder: TempDir,
}

/// A page in it.
pub(crate) struct Tab {
    wire: Arc<Wire>,
    session: String,
}

/// The way to the browser.
struct Wire {
    sender: tokio::sync::Mutex<pipe::Sender>,
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    /// What the browser complained of, such as a style that the page's policy forbids.
    complaints: Mutex<Vec<String>>,
}

impl Browser {
    /// Opens a browser that asks for pages in a language, on the screen of a telephone; `None` where there is none, which
    /// is said.
    pub(crate) async fn open(language: &str) -> Option<Self> {
        let Some(program) = PLACES.iter().map(PathBuf::from).find(|path| path.exists()) else {
            println!("skipped: chromium is needed for pages in a real browser");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temp folder");
        let (to, from) = (folder.path().join("to"), folder.path().join("from"));
        let made = Command::new("mkfifo").args([&to, &from]).status().await.expect("mkfifo is there");
        assert!(made.success(), "pipes can be made");
        // Opened for both ways, a pipe waits for nobody at its other end.
        let sender = pipe::OpenOptions::new().read_write(true).open_sender(&to).expect("a pipe");
        let receiver = pipe::OpenOptions::new().read_write(true).open_receiver(&from).expect("a pipe");
        let child = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<"$TO" 4>"$FROM""#])
            .arg(program)
            // A test in a container has no namespaces for a sandbox, and talks to nobody but the suite.
            .args(["--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-background-networking", "--disable-dev-shm-usage", "--no-first-run"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .args([format!("--lang={language}"), format!("--accept-lang={language}")])
            .arg("--window-size=390,844")
            .env("TO", to)
            .env("FROM", from)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the browser starts");
        let wire = Arc::new(Wire {
            sender: tokio::sync::Mutex::new(sender),
            next: AtomicU64::new(1),
            waiting: Mutex::default(),
            complaints: Mutex::default(),
        });
        let listener = tokio::spawn(listen(wire.clone(), receiver));
        Some(Self { wire, listener, _child: child, _folder: folder })
    }

    /// Opens a page and waits until it is there.
    pub(crate) async fn visit(&self, address: &str) -> Tab {
        let target = self.wire.ask("", "Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.wire.ask("", "Target.attachToTarget", attach).await;
        let session = session["sessionId"].as_str().expect("a session").to_owned();
        let tab = Tab { wire: self.wire.clone(), session };
        tab.ask("Log.enable", json!({})).await;
        let before = tab.loaded_at().await;
        tab.ask("Page.navigate", json!({"url": address})).await;
        tab.follows(before.as_ref()).await;
        tab
    }

    /// Returns what the browser complained of since it was opened.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.wire.complaints.lock().expect("no test panics here").clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Tab {
    /// Returns what a person reads on the page.
    pub(crate) async fn text(&self) -> String {
        let text = self.value("document.body.innerText").await;
        text.as_str().expect("a page").to_owned()
    }

    /// Writes into a field, as a keyboard does.
    pub(crate) async fn write(&self, field: &str, words: &str) {
        self.value(&format!("document.querySelector('{field}').focus()")).await;
        self.ask("Input.insertText", json!({"text": words})).await;
    }

    /// Presses a button where it is on the screen, and waits for the page that follows.
    pub(crate) async fn press(&self, button: &str) {
        let before = self.loaded_at().await;
        let place = format!(
            "(() => {{ const button = document.querySelector('{button}'); button.scrollIntoView({{block: 'center'}}); \
             const place = button.getBoundingClientRect(); \
             return {{x: place.x + place.width / 2, y: place.y + place.height / 2}}; }})()"
        );
        let place = self.value(&place).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let press =
                json!({"type": kind, "x": place["x"], "y": place["y"], "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", press).await;
        }
        self.follows(before.as_ref()).await;
    }

    /// Waits for another page than the one that was whole at `before`.
    async fn follows(&self, before: Option<&Value>) {
        let end = Instant::now() + PATIENCE;
        loop {
            let now = self.loaded_at().await;
            if now.is_some() && now.as_ref() != before {
                return;
            }
            assert!(Instant::now() < end, "no page follows");
            // Nothing but the page itself tells; this only paces the asking.
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Returns when the page that is shown was whole; none while it is not.
    async fn loaded_at(&self) -> Option<Value> {
        let asked = "document.readyState === 'complete' ? performance.timeOrigin : null";
        let answer = self.ask("Runtime.evaluate", json!({"expression": asked})).await;
        answer["result"].get("value").filter(|value| value.is_number()).cloned()
    }

    async fn value(&self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true});
        let answer = self.ask("Runtime.evaluate", asked).await;
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        self.wire.ask(&self.session, method, params).await
    }
}

impl Wire {
    /// Asks the browser, or a page of it, and returns the result; an empty one where it refused.
    async fn ask(&self, session: &str, method: &str, params: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut asked = json!({"id": id, "method": method, "params": params});
        if !session.is_empty() {
            asked["sessionId"] = session.into();
        }
        let (answered, answer) = oneshot::channel();
        self.waiting.lock().expect("no test panics here").insert(id, answered);
        let frame = format!("{asked}\0");
        self.sender.lock().await.write_all(frame.as_bytes()).await.expect("the browser listens");
        let answer =
            timeout(PATIENCE, answer).await.expect("the browser answers").expect("the browser lives");
        answer["result"].clone()
    }

    fn hear(&self, mut told: Value) {
        if let Some(id) = told["id"].as_u64() {
            let waiting = self.waiting.lock().expect("no test panics here").remove(&id);
            // Who asked may have gone.
            let _ = waiting.map(|waiting| waiting.send(told));
        } else if told["method"] == "Log.entryAdded" {
            let said = told["params"]["entry"]["text"].take();
            self.complaints.lock().expect("no test panics here").extend(said.as_str().map(str::to_owned));
        }
    }
}

async fn listen(wire: Arc<Wire>, receiver: pipe::Receiver) {
    let mut receiver = BufReader::new(receiver);
    let mut frame = Vec::new();
    while receiver.read_until(0, &mut frame).await.is_ok_and(|read| read > 0) {
        frame.pop();
        if let Ok(told) = serde_json::from_slice(&frame) {
            wire.hear(told);
        }
        frame.clear();
    }
}
