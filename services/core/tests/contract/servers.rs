//! The private servers of tests: gone with the process, however it ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use hotline_core::testing::{Redis, eventually, postgres, redis};

/// What the process that is killed does; alone it starts the servers and ends.
#[test]
#[ignore = "a part of the test below, which runs it in a process of its own"]
fn start_servers_and_wait() {
    let folder = postgres().map(|url| url.split_once("host=").expect("a socket's folder").1.to_owned());
    let redis = redis();
    println!("postgres {}", folder.unwrap_or_default());
    println!("redis {}", redis.as_ref().map(Redis::url).unwrap_or_default());
    // Until the other end closes, which it does when this process is to end.
    std::io::stdin().lines().for_each(drop);
}

#[tokio::test]
async fn servers_end_with_a_process_that_is_killed() {
    let mut child = Command::new(std::env::current_exe().expect("this test has a file"))
        .args(["--exact", "servers::start_servers_and_wait", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test can be started again");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let mut folders: Vec<String> = Vec::new();
    for line in lines {
        if let Some(folder) = line.strip_prefix("postgres ") {
            folders.push(folder.to_owned());
        }
        if let Some(url) = line.strip_prefix("redis ") {
            let socket = url.trim_start_matches("redis+unix://");
            folders.extend(Path::new(socket).parent().map(|folder| folder.display().to_string()));
            break;
        }
    }
    folders.retain(|folder| !folder.is_empty());
    assert!(folders.iter().all(|folder| Path::new(folder).exists()), "{folders:?}");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    // The shell that removes a folder names it, and ends a moment after it: both are waited for.
    eventually("the servers' folders and processes are gone", async || {
        let processes = Command::new("ps").args(["-eo", "args"]).output().expect("ps is there").stdout;
        let processes = String::from_utf8_lossy(&processes).into_owned();
        folders.iter().all(|folder| !Path::new(folder).exists() && !processes.contains(folder.as_str()))
    })
    .await;
}
