//! What the registry takes of a release, in its layout.
//!
//! <https://developer.hashicorp.com/terraform/registry/providers/publishing#manually-preparing-a-release>

mod platform;
mod sbom;
pub(crate) mod verify;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::Context;
use crate::bridge::{self, Selection};
use crate::console::{self, say};
use crate::error::Error;
use crate::glibc;
use crate::package::{self, write_whole};
use crate::setup;
use crate::zig::{self, Build};

use self::platform::Platform;

/// The release's version: all crates have the same.
const VERSION: &str = env!("CARGO_PKG_VERSION");
const PROGRAM: &str = "terraform-provider-modal";
/// The variable with the key that signs, as `sign` reads it.
const KEY: &str = "GPG_PRIVATE_KEY";

/// How much of a release to make.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Goes on where something of a release is missing: platforms that this machine's Rust cannot
    /// compile for, a bridge's architecture, the signing key
    #[arg(long)]
    partial: bool,
    /// Makes the zip of this platform alone, such as `linux_amd64`, and no checksums; may be repeated
    #[arg(long = "platform", conflicts_with = "program")]
    platforms: Vec<String>,
    /// Makes checksums and signature of the zips that are there
    #[arg(long, conflicts_with_all = ["platforms", "program"])]
    finish: bool,
    /// Packs this program, as it is, for this machine's platform
    #[arg(long, requires = "partial")]
    program: Option<PathBuf>,
    /// Makes the release twice, in two folders below target/verify, and fails where the two are not
    /// the same to the byte
    #[arg(long, conflicts_with_all = ["program", "finish"])]
    verify: bool,
    /// Where to
    #[arg(long, default_value = "target/dist")]
    out: PathBuf,
}

/// Makes a release, or the part of it that is asked for.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Error> {
    if options.verify {
        setup::tools(context)?;
        return verify::run(context, options);
    }
    let dist = Dist { context, options, out: context.workspace.root().join(&options.out) };
    if !options.finish {
        dist.pack()?;
    }
    if options.platforms.is_empty() {
        dist.finish()?;
    }
    Ok(())
}

struct Dist<'a> {
    context: &'a Context,
    options: &'a Options,
    out: PathBuf,
}

impl Dist<'_> {
    /// Makes the zips.
    fn pack(&self) -> Result<(), Error> {
        if let Some(program) = &self.options.program {
            let platform = Platform::here().ok_or_else(|| {
                Error::Unusable("no release is for this machine's system".to_owned())
            })?;
            return self.pack_program(platform, program);
        }
        let platforms = self.platforms()?;
        setup::tools(self.context)?;
        let started = Instant::now();
        bridge::build(self.context, Selection::All)?;
        say(&format!("the bridges took {}", console::duration(started.elapsed())));
        self.check_bridges()?;
        let mut left_out = Vec::new();
        for platform in platforms {
            match self.compile(platform)? {
                Some(program) => self.pack_program(platform, &program)?,
                None => left_out.push(platform.name()),
            }
        }
        if left_out.is_empty() {
            return Ok(());
        }
        let left_out = left_out.join(", ");
        if self.options.partial {
            say(&format!("left out, because rustup cannot add them here: {left_out}"));
            return Ok(());
        }
        Err(Error::Unusable(format!(
            "rustup cannot add what a release also needs: {left_out}. With --partial they are left \
             out."
        )))
    }

    /// A release has the bridge for both architectures.
    fn check_bridges(&self) -> Result<(), Error> {
        let missing = bridge::missing(self.context);
        if missing.is_empty() || self.options.partial {
            return Ok(());
        }
        Err(Error::Unusable(format!(
            "a release needs the bridge for both architectures, and there is none for {}. With \
             --partial the provider has the other alone.",
            missing.join(", ")
        )))
    }

    fn platforms(&self) -> Result<Vec<&'static Platform>, Error> {
        if self.options.platforms.is_empty() {
            return Ok(platform::ALL.iter().collect());
        }
        let named = self.options.platforms.iter().map(|name| {
            Platform::named(name).ok_or_else(|| {
                let all: Vec<_> = platform::ALL.iter().map(Platform::name).collect();
                Error::Unusable(format!("no platform {name:?}: there are {}", all.join(", ")))
            })
        });
        named.collect()
    }

    /// The provider for a platform; `None` where Rust cannot compile for it.
    fn compile(&self, platform: &Platform) -> Result<Option<PathBuf>, Error> {
        for target in platform.targets {
            let triple = target.split('.').next().unwrap_or(target);
            if !zig::has_standard_library(self.context, triple)? {
                continue;
            }
            let build = Build {
                package: PROGRAM,
                program: PROGRAM,
                profile: "release",
                target: (*target).to_owned(),
                flags: &[],
            };
            let program = zig::compile(self.context, &build)?;
            if let Some((_, pinned)) = target.split_once('.') {
                check_glibc(&program, pinned)?;
            }
            return Ok(Some(program));
        }
        Ok(None)
    }

    fn pack_program(&self, platform: &Platform, program: &Path) -> Result<(), Error> {
        let bytes = read(program)?;
        let zip = package::program(&platform.program(VERSION), &bytes)?;
        let name = self.name(&format!("{}.zip", platform.name()));
        write_whole(&self.out.join(&name), &zip)?;
        say(&format!(
            "{name}: {:.1} MB of {:.1} MB",
            console::megabytes(&zip),
            console::megabytes(&bytes)
        ));
        Ok(())
    }

    /// Makes the rest, from the zips that are there.
    fn finish(&self) -> Result<(), Error> {
        let mut names = Vec::new();
        for platform in &platform::ALL {
            let name = self.name(&format!("{}.zip", platform.name()));
            if self.out.join(&name).exists() {
                names.push(name);
            } else if !self.options.partial {
                return Err(Error::Unusable(format!(
                    "{} has no {name}. With --partial the release goes without.",
                    self.out.display()
                )));
            }
        }
        let manifest = self.name("manifest.json");
        // The major version of the plugin protocol, as the registry wants it.
        let content = json!({ "version": 1, "metadata": { "protocol_versions": ["5.0"] } });
        self.write_json(&manifest, &content)?;
        names.push(manifest);
        self.write_json(&self.name("sbom.cdx.json"), &sbom::sbom(self.context, VERSION)?)?;

        let sums = self.name("SHA256SUMS");
        let mut text = String::new();
        for name in &names {
            let hash = Sha256::digest(read(&self.out.join(name))?);
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            text += &format!("{hash}  {name}\n");
        }
        write_whole(&self.out.join(&sums), text.as_bytes())?;
        self.sign(&sums)
    }

    fn sign(&self, sums: &str) -> Result<(), Error> {
        if self.context.variable(KEY).is_none() {
            if self.options.partial {
                say(&format!("{sums} is not signed: {KEY} has no key"));
                return Ok(());
            }
            return Err(Error::Unusable(format!(
                "{KEY} has no key to sign {sums} with. With --partial it is not signed."
            )));
        }
        let mut cargo = self.context.cargo();
        cargo.args(["run", "--quiet", "--package", "sign", "--", "detached"]);
        self.context.children.run(cargo.arg(self.out.join(sums)))?;
        say(&format!("{sums} and its signature are in {}", self.out.display()));
        Ok(())
    }

    fn write_json(&self, name: &str, content: &serde_json::Value) -> Result<(), Error> {
        write_whole(&self.out.join(name), format!("{content:#}\n").as_bytes())
    }

    /// As the registry names what belongs to this release.
    fn name(&self, what: &str) -> String {
        format!("{PROGRAM}_{VERSION}_{what}")
    }
}

fn check_glibc(program: &Path, pinned: &str) -> Result<(), Error> {
    let unreadable = |error| Error::Unusable(format!("the provider is no ELF executable: {error}"));
    let needed = glibc::needed(&read(program)?).map_err(unreadable)?;
    match needed {
        needed if needed > glibc::Version::parse(pinned) => Err(Error::Unusable(format!(
            "the provider needs a newer glibc than {pinned}: {needed:?}"
        ))),
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(Error::io(format!("read {}", path.display())))
}
