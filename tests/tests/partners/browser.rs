//! A real browser, without a window, driven over its own protocol as a person would: by what is on the page.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chromiumoxide::browser::{Browser as Chromium, BrowserConfig};
use chromiumoxide::cdp::browser_protocol::log::EventEntryAdded;
use chromiumoxide::{Handler, Page};
use futures::StreamExt;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the browser is called by distributions.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The browser and its folder; ends with [`Browser::close`].
pub(crate) struct Browser {
    chromium: Chromium,
    driver: JoinHandle<()>,
    _profile: TempDir,
}

/// A page in it.
pub(crate) struct Tab {
    page: Page,
    complaints: Arc<Mutex<Vec<String>>>,
    listener: JoinHandle<()>,
}

impl Browser {
    /// Opens a browser that asks for pages in a language, on the screen of a telephone; `None` where there is none, which
    /// is said.
    pub(crate) async fn open(language: &str) -> Option<Self> {
        let Some(program) = installed() else {
            println!("skipped: chromium is needed for pages in a real browser");
            return None;
        };
        let profile = tempfile::tempdir().expect("a temp folder");
        let config = BrowserConfig::builder()
            .chrome_executable(program)
            .user_data_dir(profile.path())
            .window_size(390, 844)
            .launch_timeout(PATIENCE)
            .request_timeout(PATIENCE)
            // A test in a container has no namespaces for a sandbox, and talks to nobody but the suite.
            .no_sandbox()
            .arg("--disable-gpu")
            .arg("--disable-background-networking")
            .arg("--disable-dev-shm-usage")
            .arg(format!("--lang={language}"))
            .arg(format!("--accept-lang={language}"))
            .build()
            .expect("a browser's settings");
        let (chromium, handler) = Chromium::launch(config).await.expect("the browser starts");
        Some(Self { chromium, driver: tokio::spawn(drive(handler)), _profile: profile })
    }

    /// Opens a page and waits until it is there.
    pub(crate) async fn visit(&self, address: &str) -> Tab {
        let page = self.chromium.new_page("about:blank").await.expect("a tab");
        let mut said = page.event_listener::<EventEntryAdded>().await.expect("a log");
        page.enable_log().await.expect("a log");
        let complaints = Arc::<Mutex<Vec<String>>>::default();
        let kept = complaints.clone();
        let listener = tokio::spawn(async move {
            while let Some(entry) = said.next().await {
                kept.lock().expect("no test panics here").push(entry.entry.text.clone());
            }
        });
        page.goto(address).await.expect("the page opens");
        Tab { page, complaints, listener }
    }

    /// Ends the browser.
    pub(crate) async fn close(mut self) {
        self.chromium.close().await.expect("the browser ends");
        self.chromium.wait().await.expect("the browser has ended");
        self.driver.abort();
    }
}

impl Tab {
    /// Returns what a person reads on the page.
    pub(crate) async fn text(&self) -> String {
        let body = self.page.find_element("body").await.expect("a page");
        body.inner_text().await.expect("its text").unwrap_or_default()
    }

    /// Writes into a field.
    pub(crate) async fn write(&self, field: &str, words: &str) {
        let field = self.page.find_element(field).await.expect("a field");
        field.click().await.expect("it can be clicked").type_str(words).await.expect("it takes words");
    }

    /// Presses a button and waits for the page that follows.
    pub(crate) async fn press(&self, button: &str) {
        let before = self.loaded_at().await;
        let button = self.page.find_element(button).await.expect("a button");
        button.click().await.expect("it can be pressed");
        let end = Instant::now() + PATIENCE;
        // The browser tells of a navigation by a page that was loaded at another time.
        while self.loaded_at().await.is_none_or(|now| Some(now) == before) {
            assert!(Instant::now() < end, "no page follows");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Returns what the browser complained of, such as a style that the page's policy forbids.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        self.complaints.lock().expect("no test panics here").clone()
    }

    /// Returns when the page that is shown was whole; none while it is not.
    async fn loaded_at(&self) -> Option<f64> {
        let asked = "document.readyState === 'complete' ? performance.timeOrigin : null";
        self.page.evaluate(asked).await.ok()?.into_value::<Option<f64>>().ok()?
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn drive(mut handler: Handler) {
    while let Some(step) = handler.next().await {
        if step.is_err() {
            break;
        }
    }
}

/// Finds the browser where distributions put it.
fn installed() -> Option<PathBuf> {
    let paths = NAMES.iter().map(|name| PathBuf::from("/usr/bin").join(name));
    paths.into_iter().find(|path| path.exists())
}
