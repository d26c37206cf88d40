//! Times.

use std::time::{Duration, Instant};

use acceptance::World;
use serde_json::{Value, json};

use super::fired::{first_events, wired};
use super::{TRIGGER, statements, trigger};

const NIGHTLY: &str = r#"
  schedule {
    expression = "cron(0 3 * * ? *)"
    timezone   = "Europe/Berlin"
    input      = jsonencode({ run = "all" })
  }
"#;

fn schedules(world: &World) -> Vec<Value> {
    let listed = world.aws.call("scheduler", "list_schedules", json!({}));
    let names = listed["Schedules"].as_array().unwrap().iter();
    names
        .map(|found| {
            let request = json!({"Name": found["Name"], "GroupName": found["GroupName"]});
            world.aws.call("scheduler", "get_schedule", request)
        })
        .collect()
}

/// The names of the roles that Scheduler may assume.
fn roles(world: &World) -> Vec<String> {
    let listed = world.aws.call("iam", "list_roles", json!({}));
    let trusting = listed["Roles"].as_array().unwrap().iter().filter(|role| {
        role["AssumeRolePolicyDocument"].to_string().contains("scheduler.amazonaws.com")
    });
    trusting.map(|role| role["RoleName"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn when_its_time_has_come_by_its_own_clock_a_schedule_calls_modal() {
    let world = World::start();
    let block = r#"
  schedule {
    expression = "at(2030-01-31T00:00:00)"
    timezone   = "Asia/Tokyo"
    input      = jsonencode({ run = "once" })
  }
"#;
    let config = wired(&world, "schedule", block);
    config.apply();
    config.plan().assert_empty();

    // Nine hours ahead of UTC, all year.
    let soon = r#""at(${formatdate("YYYY-MM-DD'T'hh:mm:ss", timeadd(plantimestamp(), "9h20s"))})""#;
    config.replace("\"at(2030-01-31T00:00:00)\"", soon);
    let began = Instant::now();
    config.apply();

    let events = first_events(&world, "schedule");
    assert_eq!(events, [json!({"run": "once"})]);
    let waited = began.elapsed();
    assert!(waited > Duration::from_secs(19), "{waited:?}");
    config.destroy();
    assert_eq!(schedules(&world), [] as [Value; 0]);
    assert_eq!(roles(&world), [] as [&str; 0]);
}

#[test]
fn a_schedule_lives_and_leaves_nothing() {
    let world = World::start();
    let config = world.config(&trigger(NIGHTLY));
    let account = world.aws.id();

    config.apply();
    config.plan().assert_empty();
    let function = format!("arn:aws:lambda:us-east-1:{account}:function:thumbnails");
    let state = config.resource(TRIGGER).unwrap();
    let [schedule] = &schedules(&world)[..] else { panic!("{:?}", schedules(&world)) };
    assert_eq!(schedule["Arn"], state["source_arn"]);
    assert_eq!(schedule["ScheduleExpressionTimezone"], "Europe/Berlin");
    assert_eq!(schedule["FlexibleTimeWindow"], json!({"Mode": "OFF"}));
    assert_eq!(schedule["Target"]["Arn"], function);
    assert_eq!(schedule["Target"]["Input"], r#"{"run":"all"}"#);
    assert_eq!(schedule["Target"]["RoleArn"], state["role_arn"]);
    // The role may invoke this function, and only Scheduler may assume it.
    let [role] = &roles(&world)[..] else { panic!("{:?}", roles(&world)) };
    assert!(state["role_arn"].as_str().unwrap().ends_with(role.as_str()));
    let found = world.aws.call("iam", "get_role", json!({"RoleName": role}));
    let group = format!("arn:aws:scheduler:us-east-1:{account}:schedule-group/default");
    assert_eq!(
        found["Role"]["AssumeRolePolicyDocument"]["Statement"],
        json!([{
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account, "aws:SourceArn": group}},
        }])
    );
    let policy = json!({"RoleName": role, "PolicyName": "invoke-bridge"});
    assert_eq!(
        world.aws.call("iam", "get_role_policy", policy.clone())["PolicyDocument"]["Statement"],
        json!([{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function}])
    );
    assert_eq!(statements(&world), [] as [Value; 0]);

    let changed = r#"
  schedule {
    expression      = "rate(2 hours)"
    start           = "2030-01-31T00:00:00+01:00"
    flexible_window = 15
    state           = "DISABLED"
    dead_letter_arn = "LOST"

    retry_policy {
      maximum_event_age_in_seconds = 600
    }
  }
"#;
    world.aws.call("sqs", "create_queue", json!({"QueueName": "lost"}));
    let lost = format!("arn:aws:sqs:us-east-1:{account}:lost");
    config.rewrite(&trigger(&changed.replace("LOST", &lost)));
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    let now = schedules(&world).remove(0);
    assert_eq!(now["Name"], schedule["Name"]);
    assert_eq!(
        (&now["State"], &now["ScheduleExpression"]),
        (&json!("DISABLED"), &json!("rate(2 hours)"))
    );
    let window = json!({"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15});
    assert_eq!(now["FlexibleTimeWindow"], window);
    assert_eq!(now["Target"]["Input"], Value::Null);
    assert!(now["StartDate"].to_string().contains("2030-01-30"), "{now}");
    assert_eq!(now["Target"]["DeadLetterConfig"], json!({"Arn": lost}));
    let retries = json!({"MaximumEventAgeInSeconds": 600, "MaximumRetryAttempts": 185});
    assert_eq!(now["Target"]["RetryPolicy"], retries);
    // And its role may send to the queue.
    let send = json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": lost});
    let found = world.aws.call("iam", "get_role_policy", policy.clone());
    assert_eq!(found["PolicyDocument"]["Statement"][1], send);

    let id = state["id"].as_str().unwrap();
    assert_eq!(id, format!("thumbnails/schedule/default/{}", schedule["Name"].as_str().unwrap()));
    config.forget(TRIGGER);
    config.import(TRIGGER, id);
    // Of two ways to write a time, Scheduler keeps neither.
    config.plan().assert_empty();

    config.destroy();
    assert_eq!(schedules(&world), [] as [Value; 0]);
    assert_eq!(roles(&world), [] as [&str; 0]);
    config.apply();
    // What is gone need not be removed.
    let name = json!({"Name": schedules(&world)[0]["Name"]});
    world.aws.call("scheduler", "delete_schedule", name);
    config.destroy();
    assert_eq!(roles(&world), [] as [&str; 0]);
}

#[test]
fn what_somebody_took_away_is_shown_and_made_again() {
    let world = World::start();
    let config = world.config(&trigger(NIGHTLY));
    config.apply();
    let role = roles(&world).remove(0);
    let before = schedules(&world).remove(0);

    let policy = json!({"RoleName": role, "PolicyName": "invoke-bridge"});
    world.aws.call("iam", "delete_role_policy", policy.clone());
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    world.aws.call("iam", "get_role_policy", policy.clone());

    // Without its role, the schedule calls nobody.
    world.aws.call("iam", "delete_role_policy", policy);
    world.aws.call("iam", "delete_role", json!({"RoleName": role}));
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(roles(&world), [role]);

    world.aws.call("scheduler", "delete_schedule", json!({"Name": before["Name"]}));
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    let now = schedules(&world).remove(0);
    assert_eq!((&now["Name"], &now["Target"]), (&before["Name"], &before["Target"]));
    config.destroy();
}

#[test]
fn a_schedule_waits_until_scheduler_knows_its_role() {
    let world = World::start();
    world.aws.set_knobs(&json!({"role_propagation_seconds": 2.0}));
    let config = world.config(&trigger(NIGHTLY));
    config.apply();
    assert_eq!(schedules(&world).len(), 1);
    let tries = world.aws.calls();
    assert!(tries.iter().filter(|call| *call == "scheduler:CreateSchedule").count() > 1);
    config.destroy();
}

#[test]
fn what_scheduler_refuses_is_told_where_it_stands_and_leaves_no_role() {
    let world = World::start();
    let config = world.config(&trigger(&NIGHTLY.replace("Europe/Berlin", "Europe/Berlinn")));
    let errors = config.apply_errors();
    assert!(errors[0].contains("Invalid Timezone Europe/Berlinn."), "{errors:#?}");
    config.rewrite(&trigger(NIGHTLY));
    config.apply();
    config.destroy();
    assert_eq!(roles(&world), [] as [&str; 0]);
}
