//! What everything here is made with: the folder of notes, and when to be slow or to panic.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::Duration;

use tf_framework::{CancellationToken, Diagnostic};

use super::TinyModel;

/// The folder, and how to misbehave.
#[derive(Clone)]
pub(crate) struct Desk {
    folder: Option<PathBuf>,
    delay: Duration,
    panic_in: Option<String>,
    /// Cancelled when Terraform asks to stop.
    pub(crate) stop: CancellationToken,
}

impl Desk {
    pub(crate) fn new(config: TinyModel, stop: CancellationToken) -> Self {
        let delay = config.delay_seconds.into_known().unwrap_or_default();
        Self {
            folder: config.folder.into_known().map(PathBuf::from),
            delay: Duration::from_secs(delay.unsigned_abs()),
            panic_in: config.panic_in.into_known(),
            stop,
        }
    }

    /// Begins an operation: as slowly as told, and unless it has a bug.
    pub(crate) async fn begin(&self, operation: &str) -> Result<(), Diagnostic> {
        tracing::debug!(operation, "begins");
        assert!(self.panic_in.as_deref() != Some(operation), "{operation} has a bug");
        if self.delay.is_zero() {
            return Ok(());
        }
        if tokio::time::timeout(self.delay, self.stop.cancelled()).await.is_ok() {
            return Err(Diagnostic::error(
                format!("Stopped before {operation}"),
                "Terraform asked to stop.",
            ));
        }
        Ok(())
    }

    /// The text of the note `name`; `None` where there is none.
    pub(crate) fn find(&self, name: &str) -> Result<Option<String>, Diagnostic> {
        match fs::read_to_string(self.path(name)?) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(cannot("read", name, &error)),
        }
    }

    /// Writes the note `name` anew.
    pub(crate) fn put(&self, name: &str, text: &str) -> Result<(), Diagnostic> {
        fs::write(self.path(name)?, text).map_err(|error| cannot("write", name, &error))
    }

    /// Removes the note `name`; succeeds where there is none.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Diagnostic> {
        match fs::remove_file(self.path(name)?) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(cannot("remove", name, &error))
            }
            _ => Ok(()),
        }
    }

    /// The names of all notes, in order.
    pub(crate) fn names(&self) -> Result<Vec<String>, Diagnostic> {
        let folder = self.folder()?;
        let entries = fs::read_dir(folder).map_err(|error| cannot("list", "all", &error))?;
        let mut names: Vec<_> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| Some(name.strip_suffix(".note")?.to_owned()))
            .collect();
        names.sort();
        Ok(names)
    }

    fn path(&self, name: &str) -> Result<PathBuf, Diagnostic> {
        Ok(self.folder()?.join(format!("{name}.note")))
    }

    fn folder(&self) -> Result<&PathBuf, Diagnostic> {
        self.folder.as_ref().ok_or_else(|| {
            Diagnostic::error("No folder for notes", "Set folder in the provider block.")
        })
    }
}

fn cannot(verb: &str, name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(format!("Cannot {verb} note {name:?}"), format!("{error}."))
}
