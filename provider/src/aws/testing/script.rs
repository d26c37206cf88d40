//! AWS's answers as a script.
//!
//! Answers are queued in the order in which they are expected. A call that is not next fails its
//! test, and so does, by [`FakeAws::assert_done`], an answer that nobody asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;

use super::request::{Request, decoded};
use super::{Answer, Answers, config};

/// An answer that depends on what was asked. The text is the body, percent-decoded when a form.
pub(in crate::aws) fn from_request(answer: impl FnOnce(&str) -> Answer + Send + 'static) -> Answer {
    Answer::From(Box::new(answer))
}

/// A scripted AWS.
#[derive(Clone, Default)]
pub(in crate::aws) struct FakeAws {
    script: Arc<Mutex<VecDeque<(String, Answer)>>>,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl FakeAws {
    pub(in crate::aws) fn new() -> Self {
        Self::default()
    }

    /// The next call must be `operation`: an operation's name, or a method and path of Lambda.
    pub(in crate::aws) fn answer(&self, operation: &str, answer: Answer) {
        self.script.lock().unwrap().push_back((operation.to_owned(), answer));
    }

    /// Every answer was asked for.
    pub(in crate::aws) fn assert_done(&self) {
        let script = self.script.lock().unwrap();
        let left: Vec<&String> = script.iter().map(|(operation, _)| operation).collect();
        assert!(left.is_empty(), "never asked: {left:?}");
    }

    /// The body of the latest call of `operation`.
    pub(in crate::aws) fn asked(&self, operation: &str) -> String {
        let asked = self.asked.lock().unwrap();
        let latest = asked.iter().rev().find(|(name, _)| name == operation);
        latest.unwrap_or_else(|| panic!("{operation} was not asked")).1.clone()
    }

    /// Configuration of a client that speaks to this AWS, and repeats a call once.
    pub(in crate::aws) fn config(&self) -> SdkConfig {
        let retries = RetryConfig::standard()
            .with_max_attempts(2)
            .with_initial_backoff(Duration::from_millis(1));
        config(self.clone(), retries)
    }

    /// The same, with one attempt a call.
    pub(in crate::aws) fn config_without_retries(&self) -> SdkConfig {
        config(self.clone(), RetryConfig::disabled())
    }
}

impl Answers for FakeAws {
    fn answer(&self, request: &Request) -> Answer {
        let operation = request.operation();
        let body = if request.is_form() {
            decoded(&request.body.replace('+', " "))
        } else {
            request.body.clone()
        };
        self.asked.lock().unwrap().push((operation.clone(), body.clone()));
        let (expected, mut answer) =
            self.script.lock().unwrap().pop_front().unwrap_or_else(|| {
                panic!("{operation} was asked; nothing more was expected: {body}")
            });
        assert_eq!(operation, expected, "asked with {body}");
        while let Answer::From(make) = answer {
            answer = make(&body);
        }
        answer
    }
}
