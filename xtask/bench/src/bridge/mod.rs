//! The bridge as Lambda runs it: events through a Runtime API, Modal and Secrets Manager over TLS,
//! beside programs of others that do the same, and one that does nothing.

mod cold;
mod endurance;
mod floor;
mod package;
mod peers;
mod records;
mod trips;
mod warm;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use acceptance::Workspace;
use tokio::runtime::Builder;

use crate::authority::Authority;
use crate::console;
use crate::error::Error;
use crate::figure::Figure;
use crate::group::Group;
use crate::lambda::{Kind, Program, Surroundings};
use crate::stage::Stage;

/// An S3 event as the practitioner's bucket sends it.
const EVENT: &str = include_str!("../../../../bridge-runtime/tests/it/events/s3.json");

/// What a measurement of the bridge works with.
struct Bench {
    programs: Vec<Program>,
    stage: Stage,
    certificate: PathBuf,
    logs: PathBuf,
}

/// Measures everything. What was measured before an error stays.
pub(crate) fn measure(
    workspace: &Workspace,
    peer_commands: &[OsString],
    figures: &mut Vec<Figure>,
) -> Result<(), Error> {
    // One thread: the servers never run at the same time as one another, and the program has the
    // machine's other processors for itself.
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Error::io("start the servers"))?;
    runtime.block_on(async {
        let bench = Bench::start(workspace, peer_commands).await?;
        figures.extend(package::measure(workspace)?);
        figures.extend(cold::measure(&bench).await?);
        figures.extend(warm::measure(&bench).await?);
        figures.extend(endurance::measure(&bench).await?);
        figures.extend(trips::measure(&bench).await?);
        figures.extend(records::measure(&bench).await?);
        Ok(())
    })
}

impl Bench {
    async fn start(workspace: &Workspace, peer_commands: &[OsString]) -> Result<Self, Error> {
        let folder = workspace.file("target/bench");
        let logs = folder.join("logs");
        fs::create_dir_all(&logs).map_err(Error::io("make a folder for logs"))?;
        let authority = Authority::new()?;
        let certificate = folder.join("authority.pem");
        fs::write(&certificate, &authority.certificate)
            .map_err(Error::io("write the authority's certificate"))?;
        let mut programs = vec![
            package::bridge(workspace, &folder, &authority)?,
            floor::program(workspace, &folder)?,
        ];
        programs.extend(peers::programs(workspace, &folder, &authority.certificate)?);
        for (number, words) in peer_commands.iter().enumerate() {
            programs.push(another(number, words, &folder));
        }
        if Group::create().is_none() {
            console::progress(
                "no control group can be made here: CPU time is that of the threads, and a share of \
                 a CPU is the arithmetic of it",
            );
        }
        let stage = Stage::start(&authority).await?;
        Ok(Self { programs, stage, certificate, logs })
    }

    fn surroundings<'a>(&'a self, url: &'a str) -> Surroundings<'a> {
        Surroundings { url, certificate: &self.certificate, logs: &self.logs }
    }

    /// Ours.
    fn bridge(&self) -> &Program {
        &self.programs[0]
    }
}

/// A command of `--peer-cmd`, which a shell starts.
fn another(number: usize, words: &OsString, folder: &Path) -> Program {
    let mut command = OsString::from("exec ");
    command.push(words);
    Program {
        name: format!("peer-cmd-{}", number + 1),
        words: vec!["/bin/sh".into(), "-c".into(), command],
        environment: Vec::new(),
        folder: folder.to_owned(),
        kind: Kind::Peer { tuned: true },
    }
}

/// What is compared with the bridge, and by which names.
fn others(programs: &[Program]) -> impl Iterator<Item = &Program> {
    programs.iter().filter(|program| program.kind != Kind::Bridge)
}
