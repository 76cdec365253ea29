//! Ends what this process started, also when it is killed itself: nothing is left over for the next run to trip on.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// Reads what to end and what to remove until the pipe closes, however the writer ended, and then does it.
const SCRIPT: &str = r#"
trap : INT TERM HUP
pids=' '
while read -r word what; do
    case $word in
    hold) pids="$pids$what " ;;
    free) pids=$(printf %s "$pids" | sed "s/ $what / /") ;;
    folder) folders="$folders $what" ;;
    esac
done
for pid in $pids; do kill -QUIT "$pid"; kill -CONT "$pid"; done
for pid in $pids; do
    for round in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" || break; sleep 0.2; done
    kill -KILL "$pid"
done
[ -z "$folders" ] || rm -rf $folders
"#;

/// Has a process ended when this one has ended.
///
/// # Panics
/// When no shell can be started.
pub fn hold(pid: u32) {
    tell("hold", pid);
}

/// Says that a process has ended already, so that whoever gets its number next is left alone.
///
/// # Panics
/// When no shell can be started.
pub fn free(pid: u32) {
    tell("free", pid);
}

/// Has a folder removed when this process has ended.
///
/// # Panics
/// When no shell can be started.
pub fn hold_folder(folder: &Path) {
    tell("folder", folder.display());
}

fn tell(word: &str, what: impl Display) {
    static SHELL: OnceLock<Mutex<Child>> = OnceLock::new();
    let shell = SHELL.get_or_init(|| {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Mutex::new(command.spawn().expect("a shell"))
    });
    let mut shell = shell.lock().expect("nothing panics while it is locked");
    let pipe = shell.stdin.as_mut().expect("piped");
    writeln!(pipe, "{word} {what}").expect("the shell reads until this process ends");
}
