//! Many resources in one apply, at an AWS that answers no more requests a second than the real one.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use acceptance::{Config, World};
use serde_json::json;

use crate::inventory::Inventory;
use crate::proxy::{Proxy, Seen, stated_limits};
use crate::{TOKEN_SECRET, say};

/// What Terraform does at once.
const PARALLELISM: &str = "-parallelism=50";

/// A resource, in words and in numbers.
struct Kind {
    type_name: &'static str,
    /// In each of its calls, and in none of another's that stands after it here.
    word: &'static str,
    /// Calls of a refresh, at most.
    refresh: usize,
}

const KINDS: [Kind; 3] = [
    Kind { type_name: "modal_bridge_function", word: WORDS[0], refresh: 6 },
    // And one that names no role: whether the account's OIDC provider is there.
    Kind { type_name: "modal_oidc_role", word: WORDS[1], refresh: 3 },
    Kind { type_name: "modal_token_secret", word: WORDS[2], refresh: 1 },
];

/// A bridge's calls name its secret too.
const WORDS: [&str; 3] = ["bridge-of-many-", "role-of-many-", "secret-of-many-"];

/// So many of each, as most begin.
fn main_tf(count: usize) -> String {
    format!(
        r#"
variable "token_secret" {{
  type      = string
  ephemeral = true
}}

resource "modal_token_secret" "this" {{
  count                   = {count}
  name                    = "{secret}${{count.index}}"
  token_id                = "ak-1"
  token_secret_wo         = var.token_secret
  recovery_window_in_days = 0
}}

resource "modal_oidc_provider" "this" {{}}

resource "modal_oidc_role" "this" {{
  count        = {count}
  name         = "{role}${{count.index}}"
  workspace_id = "ac-1"

  subject {{
    environment_name = "main"
    app_name         = "images"
  }}

  grant {{
    access        = "read"
    resource_arns = ["arn:aws:s3:::uploads"]
  }}

  depends_on = [modal_oidc_provider.this]
}}

resource "modal_bridge_function" "this" {{
  count               = {count}
  name                = "{bridge}${{count.index}}"
  app_name            = "images"
  modal_function_name = "render"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.this[count.index].arn
}}
"#,
        bridge = WORDS[0],
        role = WORDS[1],
        secret = WORDS[2],
    )
}

/// What Terraform did, in how many calls and how long.
struct Step {
    name: &'static str,
    calls: Vec<Seen>,
    took: Duration,
}

impl Step {
    /// How often AWS answered what, in calls with this word, or without any.
    fn answered(&self, word: Option<&str>) -> BTreeMap<&str, usize> {
        let of_word = self.calls.iter().filter(|seen| seen.word == word && !seen.throttled);
        let mut counts = BTreeMap::new();
        of_word.for_each(|seen| *counts.entry(seen.action.as_str()).or_default() += 1);
        counts
    }

    /// How often AWS refused what, whoever asked.
    fn throttled(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        let throttled = self.calls.iter().filter(|seen| seen.throttled);
        throttled.for_each(|seen| *counts.entry(seen.action.as_str()).or_default() += 1);
        counts
    }
}

/// Applies so many of each, and the same with one of each, which meets no limit: AWS answers as many
/// calls for each of the many as for the one.
pub(crate) fn run(count: usize) {
    let proxy = Proxy::start(World::start().aws.endpoint()).unwrap();
    let one = live(&proxy, 1, false);
    let named = KINDS.iter().map(|kind| (kind.type_name, Some(kind.word)));
    for (name, word) in named.chain([("the account", None)]) {
        let costs = one.iter().map(|step| {
            let answered = step.answered(word);
            let total: usize = answered.values().sum();
            format!("{} {total} ({})", step.name, listed(&answered))
        });
        say(&format!("{name}: {}", costs.collect::<Vec<_>>().join("; ")));
    }
    say(&format!("AWS answers, a second: {}", stated_limits()));
    let many = live(&proxy, count, true);
    for step in &many {
        let throttled = step.throttled();
        let refused: usize = throttled.values().sum();
        say(&format!(
            "{count} of each, {}: {:.0?}, {} calls answered, {refused} throttled ({})",
            step.name,
            step.took,
            step.calls.len() - refused,
            listed(&throttled),
        ));
    }
    for (of_one, of_many) in one.iter().zip(&many) {
        let name = of_one.name;
        for kind in &KINDS {
            let each = of_one.answered(Some(kind.word));
            let all: BTreeMap<_, _> =
                each.iter().map(|(action, times)| (*action, times * count)).collect();
            assert_eq!(of_many.answered(Some(kind.word)), all, "{name} of {}", kind.type_name);
            let total: usize = each.values().sum();
            assert!(name != "refresh" || total <= kind.refresh, "{}: {each:?}", kind.type_name);
        }
        // The account's credentials and its OIDC provider, which roles look for too.
        let of_account = of_many.answered(None);
        for (action, times) in &of_account {
            let once = of_one.answered(None).get(action).copied().unwrap_or_default();
            assert!(once <= 2 && *times <= once * count, "{name}: {of_account:?}");
        }
    }
}

fn listed(counts: &BTreeMap<&str, usize>) -> String {
    let counts = counts.iter().map(|(action, times)| format!("{action} {times}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// Their life in an account of its own: made, planned again, destroyed.
fn live(proxy: &Proxy, count: usize, limited: bool) -> [Step; 3] {
    let world = World::start();
    // Otherwise one waits for its function as often as there is time for a look.
    world.aws.set_knobs(&json!({"pending_update_seconds": 0}));
    let inventory = || Inventory::of(&world.aws, &["iam", "lambda", "logs", "secretsmanager"]);
    let before = inventory();
    let traffic = proxy.traffic(world.aws.id());
    traffic.tell_apart_by(&WORDS);
    if limited {
        traffic.limit();
    }
    let config = world
        .config(&main_tf(count))
        .with_env("AWS_ENDPOINT_URL", proxy.url())
        .with_env("TF_VAR_token_secret", TOKEN_SECRET);
    let step = |name, action: &dyn Fn(&Config)| {
        let started = Instant::now();
        action(&config);
        let step = Step { name, took: started.elapsed(), calls: traffic.take() };
        say(&format!("{count} of each: {name} took {:.0?}", step.took));
        step
    };
    let ask_nobody = ["-input=false", "-no-color", "-auto-approve", PARALLELISM];
    let create = step("create", &|config| {
        config.succeeds(&[&["apply"], &ask_nobody[..]].concat());
    });
    let refresh = step("refresh", &|config| config.plan_with(&[PARALLELISM]).assert_empty());
    let destroy = step("destroy", &|config| {
        config.succeeds(&[&["destroy", "-refresh=false"], &ask_nobody[..]].concat());
    });
    let found = config.files_that_contain(TOKEN_SECRET);
    assert!(found.is_empty(), "the token's secret half is in {found:?}");
    // The OIDC provider is the account's, and stays.
    let mut left = inventory().since(&before).names();
    left.retain(|name| !name.starts_with("OIDC provider "));
    assert_eq!(left, [""; 0]);
    [create, refresh, destroy]
}
