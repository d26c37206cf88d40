//! The programs that a command runs. They end when the command ends, also on Ctrl-C.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use acceptance::Workspace;
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::console;
use crate::error::Error;

/// How long a program may take to undo what it does, after a Ctrl-C.
const GRACE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// Runs programs, each in a process group of its own, so that a signal to us reaches all that it
/// started.
pub(crate) struct Children {
    interrupted: Arc<AtomicBool>,
}

impl Children {
    /// From here on, Ctrl-C is an error that the command returns.
    pub(crate) fn new() -> Result<Self, Error> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&interrupted))
                .map_err(Error::io("listen for Ctrl-C"))?;
        }
        Ok(Self { interrupted })
    }

    /// Runs a program that talks to the person.
    pub(crate) fn run(&self, command: &mut Command) -> Result<(), Error> {
        match self.status(command)? {
            status if status.success() => Ok(()),
            status => Err(failed(command, status, String::new())),
        }
    }

    /// Runs a program that talks to the person, and returns how it ended.
    pub(crate) fn status(&self, command: &mut Command) -> Result<ExitStatus, Error> {
        let child = start(command.stdin(Stdio::null()))?;
        self.wait(child)
    }

    /// Runs a program whose words matter only when it fails; they go to `log` meanwhile.
    pub(crate) fn run_quietly(&self, command: &mut Command, log: &Path) -> Result<(), Error> {
        let file = File::create(log).map_err(Error::io(format!("create {}", log.display())))?;
        let copy = file.try_clone().map_err(Error::io("share a log"))?;
        let status = self.status(command.stdout(file).stderr(copy))?;
        if status.success() {
            return Ok(());
        }
        let log = fs::read_to_string(log).unwrap_or_default();
        Err(failed(command, status, format!("\n{log}")))
    }

    /// Runs a program for what it writes to standard output; the rest goes to the person.
    pub(crate) fn output(&self, command: &mut Command) -> Result<String, Error> {
        let mut child = start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
        let stdout = child.stdout.take();
        let reader = thread::spawn(move || stdout.map(std::io::read_to_string).transpose());
        let status = self.wait(child)?;
        let output = match reader.join() {
            Ok(Ok(output)) => output.unwrap_or_default(),
            _ => String::new(),
        };
        if status.success() { Ok(output) } else { Err(failed(command, status, String::new())) }
    }

    /// Lets some time pass.
    pub(crate) fn pause(&self, time: Duration) -> Result<(), Error> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.check()?;
            thread::sleep(POLL);
        }
        self.check()
    }

    /// An error when a signal has asked us to end.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.interrupted.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
    }

    fn wait(&self, mut child: Child) -> Result<ExitStatus, Error> {
        let attempt = || "wait for a program".to_owned();
        let mut deadline = None;
        loop {
            if let Some(status) = child.try_wait().map_err(Error::io(attempt()))? {
                if let Err(interrupted) = self.check() {
                    // What it started in the background may ignore Ctrl-C.
                    let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
                    return Err(interrupted);
                }
                return Ok(status);
            }
            match deadline {
                None if self.check().is_err() => {
                    console::say("ending what runs …");
                    let _ = kill_process_group(Pid::from_child(&child), Signal::INT);
                    deadline = Some(Instant::now() + GRACE);
                }
                Some(deadline) if Instant::now() > deadline => {
                    let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
                    child.wait().map_err(Error::io(attempt()))?;
                    return Err(Error::Interrupted);
                }
                _ => thread::sleep(POLL),
            }
        }
    }
}

fn start(command: &mut Command) -> Result<Child, Error> {
    let attempt = format!("run {}", command.get_program().display());
    command.process_group(0).spawn().map_err(Error::io(attempt))
}

fn failed(command: &Command, status: ExitStatus, log: String) -> Error {
    Error::Failed { command: spelled(command), status: status.to_string(), log }
}

/// The command as a person would type it at the root of the checkout.
pub(crate) fn spelled(command: &Command) -> String {
    let workspace = Workspace::here();
    let root = format!("{}/", workspace.root().display());
    let from_root = |word: &OsStr| word.to_string_lossy().replace(&root, "");
    let folder = command.get_current_dir().filter(|folder| *folder != workspace.root());
    let words = std::iter::once(match command.get_program() {
        path if Path::new(path).ends_with("cargo") => "cargo".to_owned(),
        // A relative program is looked for in the new folder by a shell.
        path if folder.is_some() => path.to_string_lossy().into_owned(),
        path => from_root(path),
    });
    let words = words.chain(command.get_args().map(from_root));
    let line = words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ");
    match folder {
        Some(folder) => format!("cd {} && {line}", quoted(&from_root(folder.as_os_str()))),
        None => line,
    }
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:+,@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_spelled_so_that_a_shell_reads_it_again() {
        let mut command = Command::new("echo");
        command.args(["a b", "it's", "plain"]);
        assert_eq!(spelled(&command), r"echo 'a b' 'it'\''s' plain");
    }

    #[test]
    fn a_command_is_spelled_for_the_root_of_the_checkout() {
        let workspace = Workspace::here();
        let mut command = Command::new("/somewhere/bin/cargo");
        command.arg("test").current_dir(workspace.root());
        assert_eq!(spelled(&command), "cargo test");
        command.current_dir(workspace.file("tests/acceptance"));
        assert_eq!(spelled(&command), "cd tests/acceptance && cargo test");
    }

    #[test]
    fn a_program_that_fails_is_named_with_its_words() {
        let children = Children { interrupted: Arc::default() };
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such luck; exit 3"]);

        let error = children.run_quietly(&mut command, &folder.path().join("log")).unwrap_err();

        assert_eq!(
            error.to_string(),
            "this failed (exit status: 3):\n  sh -c 'echo no such luck; exit 3'\nno such luck\n"
        );
    }

    #[test]
    fn a_ctrl_c_ends_a_program_and_all_that_it_started() {
        let children = Children { interrupted: Arc::default() };
        let interrupted = Arc::clone(&children.interrupted);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("alive");
        let mut command = Command::new("sh");
        // The inner sleep would outlive a shell that is killed alone.
        command.args(["-c", "sleep 60 & echo $! > \"$0\"; wait"]).arg(&file);
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            interrupted.store(true, Ordering::Relaxed);
        });

        assert!(matches!(children.run(&mut command), Err(Error::Interrupted)));

        let sleep: i32 = fs::read_to_string(&file).unwrap().trim().parse().unwrap();
        let sleep = Pid::from_raw(sleep).unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        while rustix::process::test_kill_process(sleep).is_ok() {
            assert!(Instant::now() < deadline, "what the program started goes on");
            thread::sleep(POLL);
        }
    }
}
