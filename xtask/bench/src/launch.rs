//! How a program is started so that the time until it works is its own: it enters its control groups
//! first, as the kernel takes milliseconds to move a process, and becomes the program on a word.

use std::ffi::OsString;
use std::fs;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command as StdCommand, Stdio};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::error::Error;
use crate::group::Group;

/// The first argument of this program, when it is to become another.
pub(crate) const WORD: &str = "become";
/// The running program, also when a build has replaced its file meanwhile.
const OWN: &str = "/proc/self/exe";
/// Between the entrances of groups and the program.
const THEN: &str = "--";

/// A program to start, with all of its environment.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) words: Vec<OsString>,
    pub(crate) environment: Vec<(String, OsString)>,
    pub(crate) folder: PathBuf,
    /// What it says goes here.
    pub(crate) log: PathBuf,
}

/// A process that waits for the word.
#[derive(Debug)]
pub(crate) struct Ready {
    child: Child,
}

impl Start {
    /// Brings a process to where it only has to become the program.
    pub(crate) async fn prepare(&self, group: Option<&Group>) -> Result<Ready, Error> {
        let mut command = Command::new(OWN);
        command
            .arg(WORD)
            .arg(&self.log)
            .args(group.map(Group::entrances).unwrap_or_default())
            .arg(THEN)
            .args(&self.words)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(Error::io("start a program"))?;
        if let Some(stdout) = &mut child.stdout {
            stdout.read_u8().await.map_err(Error::io("have a program wait for its start"))?;
        }
        Ok(Ready { child })
    }
}

impl Ready {
    /// Gives the word.
    pub(crate) async fn go(mut self) -> Result<Child, Error> {
        if let Some(mut stdin) = self.child.stdin.take() {
            stdin.write_all(b"g").await.map_err(Error::io("start a program"))?;
        }
        Ok(self.child)
    }
}

/// Becomes the program that the arguments name. Returns only why that could not be.
pub(crate) fn become_another(mut arguments: impl Iterator<Item = OsString>) -> io::Error {
    let mut prepare = || {
        let log = File::create(arguments.next().unwrap_or_default())?;
        for entrance in arguments.by_ref().take_while(|argument| argument != THEN) {
            fs::write(entrance, "0")?;
        }
        io::stdout().write_all(b"r")?;
        io::stdout().flush()?;
        io::stdin().read_exact(&mut [0])?;
        let mut command = StdCommand::new(arguments.next().unwrap_or_default());
        command.args(arguments.by_ref()).stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log);
        Ok(command)
    };
    match prepare() {
        Ok(mut command) => command.exec(),
        Err(error) => error,
    }
}
