//! The main job, end to end, on this machine: HCL in, an S3 event through AWS and Modal, the answer
//! out. Every step is what a practitioner would do; nothing here knows what the answer will be.

mod account;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acceptance::{AwsDriver, Core, LocalAws, LocalModal, Provider, Terraform, host_architecture};
use serde_json::{Value, json};

use crate::Context;
use crate::bridge::{self, Selection};
use crate::console::{self, heading, say, show};
use crate::error::Error;
use crate::setup;

use self::account::Account;

const EXAMPLE: &str = "examples/complete/s3-to-modal";
const ACCOUNT: &str = "111122223333";
const BUCKET: &str = "my-images";
const TABLE: &str = "thumbnails";
/// A bucket that no role of the demo is about.
const FOREIGN_BUCKET: &str = "somebody-elses-images";
const KEY: &str = "uploads/cat.png";
/// How long Modal may take for a call: its first one starts a container.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the demo.
pub(crate) fn run(context: &Context, core: Core) -> Result<(), Error> {
    if cfg!(not(target_os = "linux")) {
        return Err(Error::Unusable(
            "the demo executes the Lambda function on this machine, so the machine must run Linux"
                .to_owned(),
        ));
    }
    let started = Instant::now();
    heading("Set up");
    build(context, core)?;
    let demo = Demo::start(context, core)?;
    let story = demo.tell();
    if story.is_err() && context.children.check().is_ok() {
        say(&format!("logs of the local AWS and the local Modal: {}", demo.folder.display()));
    }
    story?;
    drop(demo);
    heading(&format!("Done in {}; nothing is left running", console::duration(started.elapsed())));
    Ok(())
}

/// Makes what is missing: the Python tools, Terraform, the bridge and the provider that embeds it.
fn build(context: &Context, core: Core) -> Result<(), Error> {
    setup::tools(context)?;
    setup::terraform(context, core)?;
    bridge::build(context, Selection::host())?;
    context.children.run(&mut context.build_provider())
}

/// What runs while the demo is told. It all ends when this is dropped.
struct Demo<'a> {
    context: &'a Context,
    terraform: Terraform,
    aws: LocalAws,
    modal: LocalModal,
    account: Account,
    /// The example, in a fresh copy: its state starts empty.
    configuration: PathBuf,
    folder: PathBuf,
}

impl<'a> Demo<'a> {
    fn start(context: &'a Context, core: Core) -> Result<Self, Error> {
        let workspace = &context.workspace;
        let folder = workspace.file("target/demo");
        let configuration = folder.join("s3-to-modal");
        let example = workspace.file(EXAMPLE);
        fresh_copy(&example, &configuration)
            .map_err(Error::io(format!("copy {EXAMPLE} into target/demo")))?;

        let provider = Provider::modal(workspace)?;
        let terraform = Terraform::prepare(workspace, core, &[provider], &folder)?;
        let aws = LocalAws::enforcing_policies(workspace, &folder.join("aws.log"))?;
        let driver = AwsDriver::start(workspace, aws.endpoint(), &folder.join("boto3.log"))?;
        let modal = LocalModal::start_beside(
            Some(aws.endpoint()),
            workspace,
            &[example.join("app.py")],
            &folder.join("modal.log"),
        )?;
        let version = context.children.output(&mut terraform.command(&folder, &["version"]))?;
        say(version.lines().next().unwrap_or_default());
        say(&format!("a local AWS answers on {}, and enforces policies", aws.endpoint()));
        say(&format!(
            "a local Modal answers on {}, {EXAMPLE}/app.py is deployed",
            modal.server_url()
        ));
        let account = Account::new(Arc::new(driver).account(ACCOUNT));
        Ok(Self { context, terraform, aws, modal, account, configuration, folder })
    }

    fn tell(&self) -> Result<(), Error> {
        self.account.create_bucket(BUCKET)?;
        self.account.create_bucket(FOREIGN_BUCKET)?;
        self.account.create_table(TABLE)?;

        heading(&format!("terraform init, in a copy of {EXAMPLE}"));
        self.run_terraform(&["init", "-input=false"])?;
        heading("terraform plan");
        self.run_terraform(&["plan", "-input=false", "-out=plan.tfplan"])?;
        heading("terraform apply");
        self.run_terraform(&["apply", "-input=false", "plan.tfplan"])?;

        self.let_s3_fire()?;
        self.ask_for_too_much()?;
        self.invoke_and_wait()?;
        self.invoke_and_go()?;

        heading("terraform plan, again: nothing to do");
        let mut plan = self.terraform_command(&["plan", "-input=false", "-detailed-exitcode"]);
        match self.context.children.status(&mut plan)?.code() {
            Some(0) => {}
            _ => return Err(Error::Unusable("the second plan is not empty".to_owned())),
        }
        heading("terraform destroy (its plan is the one above in reverse: not shown again)");
        let mut plan =
            self.terraform_command(&["plan", "-destroy", "-input=false", "-out=destroy.tfplan"]);
        self.context.children.run_quietly(&mut plan, &self.folder.join("destroy.log"))?;
        self.run_terraform(&["apply", "-input=false", "destroy.tfplan"])?;
        self.look_at_what_is_left()
    }

    /// S3 → Lambda → Modal: what the bridge is for.
    fn let_s3_fire(&self) -> Result<(), Error> {
        heading(&format!("An object is put to s3://{BUCKET}/{KEY}"));
        say("modal_bridge_trigger.uploads lets the bucket call the bridge, under uploads/ alone");
        let before = self.modal.calls()?.len();
        self.account.put_object(BUCKET, KEY, "not quite a cat")?;
        say("the object is there; S3 fires, Lambda runs the bridge, the bridge calls Modal …");

        let call = self.await_call(|calls| calls.get(before).cloned())?;
        say(&format!("Modal ran {} and it returned:", name_of(&call)));
        show(&pretty(&call["result"]));
        self.look_at_what_modal_wrote(&call["result"][0])
    }

    /// Modal → AWS: what the role is for. The function has no key, only Modal's identity token.
    fn look_at_what_modal_wrote(&self, made: &Value) -> Result<(), Error> {
        heading("What the Modal function wrote, as the role that its identity token opened");
        let thumbnail = made["thumbnail"].as_str().unwrap_or_default();
        let key = thumbnail.trim_start_matches(&format!("s3://{BUCKET}/"));
        say(&format!("{thumbnail}: {:?}", self.account.object(BUCKET, key)?));
        let item = self.account.item(TABLE, &made["noted_as"])?;
        say(&format!("table {TABLE}: {item}"));
        Ok(())
    }

    /// The role grants one bucket: S3 refuses the function another one.
    fn ask_for_too_much(&self) -> Result<(), Error> {
        heading("The same function, asked for a bucket that its role does not grant");
        self.account.put_object(FOREIGN_BUCKET, KEY, "not yours")?;
        let bucket = json!({"name": FOREIGN_BUCKET});
        let event = json!({"Records": [{"s3": {"bucket": bucket, "object": {"key": KEY}}}]});
        let function = self.output("thumbnail_function_arn")?;
        let failure = self.account.invoke_in_vain(&function, &event)?;
        let message = failure["errorMessage"].as_str().unwrap_or_default();
        say(message);
        if message.contains("AccessDenied") {
            Ok(())
        } else {
            Err(Error::Unusable(format!("S3 should have refused the function: {failure}")))
        }
    }

    fn invoke_and_wait(&self) -> Result<(), Error> {
        heading("The same function invoked directly; mode = \"remote\" answers with the result");
        let bucket = json!({"name": BUCKET});
        self.account.put_object(BUCKET, "uploads/a dog.jpg", "not quite a dog")?;
        let object = json!({"key": "uploads/a+dog.jpg"});
        let event = json!({"Records": [{"s3": {"bucket": bucket, "object": object}}]});
        let answer = self.invoke("thumbnail_function_arn", &event)?;
        if answer["response"].get("result").is_none() {
            return Err(Error::Unusable(format!("the answer has no result: {answer}")));
        }
        Ok(())
    }

    fn invoke_and_go(&self) -> Result<(), Error> {
        heading("The other function invoked; mode = \"spawn\" answers with a call id at once");
        let event = json!({"description": "A cat that sits on a mat on a sofa"});
        let answer = self.invoke("index_function_arn", &event)?;
        let id = &answer["response"]["function_call_id"];
        if !id.is_string() {
            return Err(Error::Unusable(format!("the answer has no call id: {answer}")));
        }
        let call = self.await_call(|calls| {
            calls.iter().find(|call| call["function_call_id"] == *id).cloned()
        })?;
        say(&format!("meanwhile Modal ran {} and it returned:", name_of(&call)));
        show(&pretty(&call["result"]));
        Ok(())
    }

    fn look_at_what_is_left(&self) -> Result<(), Error> {
        heading("What is left in the AWS account");
        self.account.delete_bucket(BUCKET)?;
        self.account.delete_bucket(FOREIGN_BUCKET)?;
        self.account.delete_table(TABLE)?;
        let left = self.account.inventory()?;
        for thing in &left {
            say(thing);
        }
        match &left[..] {
            [provider] if provider.contains(":oidc-provider/") => {
                say("It is shared by the whole account, so no role takes it along.");
                Ok(())
            }
            _ => Err(Error::Unusable(
                "only the OIDC provider of oidc.modal.com should be left".to_owned(),
            )),
        }
    }

    /// Invokes the Lambda function of an output, and shows event and answer.
    fn invoke(&self, output: &str, event: &Value) -> Result<Value, Error> {
        let function = self.output(output)?;
        say("event:");
        show(&event.to_string());
        let answer = self.account.invoke(&function, event)?;
        say("answer:");
        show(&pretty(&answer));
        Ok(answer)
    }

    /// Waits until Modal has finished the call that `find` finds.
    fn await_call(&self, find: impl Fn(&[Value]) -> Option<Value>) -> Result<Value, Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let calls = self.modal.calls()?;
            let call = find(&calls);
            let status = call.as_ref().map(|call| call["status"].as_str().unwrap_or_default());
            match (call.clone(), status) {
                (Some(call), Some("SUCCESS")) => return Ok(call),
                (Some(call), Some(status)) if !matches!(status, "PENDING" | "RUNNING") => {
                    return Err(Error::Unusable(format!("the Modal function failed: {call}")));
                }
                _ if Instant::now() > deadline => {
                    return Err(Error::Unusable(format!(
                        "Modal has not finished the call within {}; its calls: {}",
                        console::duration(PATIENCE),
                        Value::from(calls)
                    )));
                }
                _ => self.context.children.pause(Duration::from_millis(50))?,
            }
        }
    }

    fn output(&self, name: &str) -> Result<String, Error> {
        let mut command = self.terraform_command(&["output", "-raw", name]);
        self.context.children.output(&mut command)
    }

    fn run_terraform(&self, arguments: &[&str]) -> Result<(), Error> {
        self.context.children.run(&mut self.terraform_command(arguments))
    }

    fn terraform_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.terraform.command(&self.configuration, arguments);
        command
            .env("AWS_ENDPOINT_URL", self.aws.endpoint())
            .env("AWS_ACCESS_KEY_ID", ACCOUNT)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_CLI_ARGS", if console::is_terminal() { "" } else { "-no-color" })
            .env("TF_VAR_bucket", BUCKET)
            .env("TF_VAR_table_arn", format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}"))
            .env("TF_VAR_modal_token_id", LocalModal::TOKEN_ID)
            .env("TF_VAR_modal_token_secret", LocalModal::TOKEN_SECRET)
            .env("TF_VAR_modal_workspace_id", self.modal.workspace_id())
            .env("TF_VAR_modal_server_url", self.modal.server_url())
            .env("TF_VAR_architecture", host_architecture());
        command
    }
}

fn name_of(call: &Value) -> String {
    let part = |name: &str| call[name].as_str().unwrap_or("?").to_owned();
    format!("{}.{} ({})", part("app"), part("function"), part("function_call_id"))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

fn fresh_copy(from: &Path, to: &std::path::Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tf") {
            fs::copy(&path, to.join(path.file_name().unwrap_or_default()))?;
        }
    }
    Ok(())
}
