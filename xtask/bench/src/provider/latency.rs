//! An apply of many bridges against an AWS that is far away, beside the longest chain of calls that
//! depend on each other: what one bridge takes.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use acceptance::{LocalAws, Provider, host_architecture};
use tokio::runtime::Builder;

use super::Bench;
use super::run::{Configuration, DESTROY, apply_with};
use crate::console;
use crate::delay::Delay;
use crate::error::Error;
use crate::figure::{Aim, Figure};
use crate::statistics::median;

const ROUND_TRIP: Duration = Duration::from_millis(50);
const PARALLELISM: &str = "-parallelism=50";
const COUNTS: [u32; 3] = [1, 10, 100];

pub(super) fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    let aws = LocalAws::start(&bench.workspace, &bench.folder.join("latency-aws.log"))?;
    let address = aws.endpoint().trim_start_matches("http://");
    let address: SocketAddr =
        address.parse().map_err(Error::because("read where the local AWS listens"))?;
    let far = format!("http://127.0.0.1:{}", far_away(address)?);

    let mut chain = 0.0;
    let mut figures = Vec::new();
    for count in COUNTS {
        console::progress(&format!("provider: {count} bridges, 50 ms away"));
        let runs = if count == 1 { 3 } else { 1 };
        let there = apply(bench, &far, count, runs)?;
        let here = apply(bench, aws.endpoint(), count, runs)?;
        if count == 1 {
            chain = there;
        }
        let name = format!("{count} bridges, AWS 50 ms away: apply");
        let figure = Figure::new(name, there, "ms").beside("the longest chain", chain);
        let aim = Some(Aim::TimesAtMost(1.3)).filter(|_| count == 100);
        figures.push(Figure { aim, ..figure.clone() });
        // The local AWS is one process of Python: its own time is a limit that AWS does not have.
        figures.push(figure.beside("the same without latency", here));
    }
    Ok(figures)
}

/// The port of a network that is slow, until the process ends.
fn far_away(server: SocketAddr) -> Result<u16, Error> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Error::io("start a slow network"))?;
    let delay = runtime.block_on(Delay::before(server, ROUND_TRIP))?;
    let port = delay.port();
    thread::spawn(move || {
        let _passes_on = delay;
        runtime.block_on(std::future::pending::<()>());
    });
    Ok(port)
}

/// The median of some applies; what they make is destroyed.
fn apply(bench: &Bench, endpoint: &str, count: u32, runs: usize) -> Result<f64, Error> {
    let modal = Provider::at("modal-bridge/modal", bench.programs.modal.clone());
    let hcl = bridges(count);
    let mut configuration = Configuration::new(bench, "latency", &[modal], &hcl)?;
    for (name, value) in [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "111122224003"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
    ] {
        configuration.set(name, value);
    }
    let mut times = Vec::new();
    for _ in 0..runs {
        times.push(configuration.run(&apply_with(PARALLELISM))?);
        configuration.run(DESTROY)?;
    }
    Ok(median(&times))
}

fn bridges(count: u32) -> String {
    let architecture = host_architecture();
    format!(
        r#"
resource "modal_bridge_function" "x" {{
  count               = {count}
  name                = "bridge-${{count.index}}"
  app_name            = "thumbnails"
  modal_function_name = "make_thumbnail"
  mode                = "remote"
  token_secret_arn    = "arn:aws:secretsmanager:us-east-1:111122224003:secret:modal-AbCdEf"
  architecture        = "{architecture}"
}}
"#
    )
}
