//! Servers of one test process: they end with it, also when it is killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A server and the folder that is all it has.
///
/// A shell stands between: it waits for the pipe to this process, which closes however the process ends, and then ends
/// the server and removes the folder.
pub(super) struct Private {
    folder: TempDir,
    shell: Option<Child>,
    user: Option<&'static str>,
}

impl Private {
    /// Makes the folder; `user` owns it and runs the server where this process is root.
    pub(super) fn new(user: &'static str) -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
        if root {
            Command::new("chown").arg(user).arg(folder.path()).status().ok()?;
        }
        Some(Self { folder, shell: None, user: root.then_some(user) })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `prepare`, then `server` in the folder; the server is ended by `signal`.
    pub(super) fn start(&mut self, prepare: &str, server: &str, signal: &str) -> Option<()> {
        // A key press that ends the test must not end the shell before it has cleaned up.
        let script = format!(
            "trap : INT TERM; cd {folder} && {prepare} && {{ {server} & }}; \
             read -r keep; kill -{signal} $!; wait $!; [ \"$keep\" ] || rm -rf {folder}",
            folder = self.folder.path().display(),
        );
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg("sh");
                command
            }
            None => Command::new("sh"),
        };
        command.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        self.shell = Some(command.spawn().ok()?);
        Some(())
    }

    /// Ends the server and keeps the folder.
    pub(super) fn stop(&mut self) {
        use std::io::Write;
        let Some(mut shell) = self.shell.take() else { return };
        let told = shell.stdin.take().is_some_and(|mut pipe| pipe.write_all(b"keep\n").is_ok());
        assert!(told && shell.wait().is_ok(), "the shell waits for this line");
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.stop();
    }
}
