//! From the start of a provider to the line in which it says where it listens.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::Bench;
use crate::console;
use crate::error::Error;
use crate::figure::{Aim, Figure};
use crate::statistics::{median, milliseconds};

/// What Terraform tells a provider that it starts.
///
/// <https://github.com/hashicorp/terraform/blob/main/internal/plugin/serve.go>
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/// Of the kind that go-plugin makes.
const CERTIFICATE: &str = include_str!("../../../../provider/framework/tests/it/client.pem");
const RUNS: usize = 31;
/// hashicorp/aws takes its time.
const RUNS_OF_AWS: usize = 5;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    console::progress("provider: start to handshake");
    let programs = &bench.programs;
    let aws = programs.aws.as_ref().map(|aws| aws.program.as_path());
    let (mut modal, mut null, mut of_aws) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..RUNS {
        modal.push(once(&programs.modal)?);
        if let Some(program) = &programs.null {
            null.push(once(program)?);
        }
        if let Some(program) = aws.filter(|_| round < RUNS_OF_AWS) {
            of_aws.push(once(program)?);
        }
    }
    let figure = Figure::new("provider: start to handshake", median(&modal), "ms");
    let mut figures = vec![figure.clone().aim(Aim::AtMost(4.0))];
    for (name, times) in [("Go null", null), ("hashicorp/aws", of_aws)] {
        if !times.is_empty() {
            figures.push(figure.clone().beside(name, median(&times)));
        }
    }
    Ok(figures)
}

fn once(program: &Path) -> Result<f64, Error> {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs([
            ("TF_PLUGIN_MAGIC_COOKIE", COOKIE),
            ("PLUGIN_PROTOCOL_VERSIONS", "5,6"),
            ("PLUGIN_MIN_PORT", "10000"),
            ("PLUGIN_MAX_PORT", "25000"),
            ("PLUGIN_CLIENT_CERT", CERTIFICATE),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let started = Instant::now();
    let mut child = command.spawn().map_err(Error::io("start a provider"))?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        let read = BufReader::new(stdout).read_line(&mut line);
        read.map_err(Error::io("read a provider's handshake"))?;
    }
    let took = started.elapsed();
    // What it is told by its client, Terraform, is not told here: it would wait.
    let _gone = child.kill();
    child.wait().map_err(Error::io("end a provider"))?;
    if line.split('|').nth(4) == Some("grpc") {
        return Ok(milliseconds(took));
    }
    Err(Error::Unusable(format!("{} did not shake hands: {line:?}", program.display())))
}
