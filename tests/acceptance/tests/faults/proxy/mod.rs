//! A proxy between the provider and the local AWS. It knows the AWS operation of every request,
//! counts the calls of each account, and lets one thing go wrong at one of them.

mod fault;
mod hold;
mod limits;
mod request;

use std::collections::HashMap;
use std::io::{self, BufReader, Read as _, Write as _};
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use fault::Fault;
use fault::Reach;
use hold::Hold;
pub(crate) use hold::{Held, Moment};
use limits::Limits;
pub(crate) use limits::stated as stated_limits;
use request::Request;

/// For how long a request hangs at most: longer than anybody here waits.
const LONGEST: Duration = Duration::from_secs(120);

/// The proxy. It serves until the process ends.
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    accounts: Mutex<HashMap<String, Arc<Mutex<Line>>>>,
}

/// What one account has been asked, and what is to go wrong there.
#[derive(Default)]
struct Line {
    calls: Vec<Seen>,
    armed: Option<Armed>,
    /// The last answer to each read.
    answers: HashMap<Vec<u8>, Vec<u8>>,
    somebody_else: Option<SomebodyElse>,
    hold: Option<Hold>,
    limits: Option<Limits>,
    /// Words by which calls are told apart.
    words: &'static [&'static str],
    /// Calls that are not answered yet.
    under_way: usize,
}

/// Which call.
#[derive(Clone, Debug)]
pub(crate) enum At {
    /// The one of this index.
    Index(usize),
    /// The nth of an action, from 0: where others may come in between.
    Nth(String, usize),
}

impl At {
    /// Whether the last of these is the one.
    fn is_last_of(&self, calls: &[Seen]) -> bool {
        match self {
            Self::Index(index) => *index + 1 == calls.len(),
            Self::Nth(action, nth) => {
                let same = |seen: &&Seen| seen.action == *action;
                calls.last().is_some_and(|last| last.action == *action)
                    && calls.iter().filter(same).count() == nth + 1
            }
        }
    }
}

/// What somebody else does in the account, right before a call.
struct SomebodyElse {
    before: &'static str,
    does: Box<dyn FnOnce() + Send>,
}

struct Armed {
    fault: Fault,
    at: At,
    /// The index and the action of the call that it began with.
    first: Option<(usize, String)>,
    /// The actions that it happened to.
    met: Vec<String>,
}

/// One call that came through.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `iam:CreateRole`.
    pub(crate) action: String,
    pub(crate) is_read: bool,
    /// The same read was answered otherwise before this operation wrote something.
    pub(crate) was_otherwise: bool,
    /// Something was made in the same service, which other servers of it may not know yet.
    pub(crate) follows_a_create: bool,
    /// The first of the words that stands in it.
    pub(crate) word: Option<&'static str>,
    /// It was one too many.
    pub(crate) throttled: bool,
}

/// One account's traffic.
#[derive(Clone)]
pub(crate) struct Traffic(Arc<Mutex<Line>>);

/// What happened to a call.
enum Verdict {
    Passes,
    Meets(Fault, String),
}

impl Proxy {
    /// In front of the AWS at `endpoint`.
    pub(crate) fn start(endpoint: &str) -> io::Result<Self> {
        let upstream = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let shared = Arc::new(Shared { upstream, accounts: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                // A client that goes away in the middle is what some faults make it do.
                thread::spawn(move || shared.serve(&client));
            }
        });
        Ok(Self { port, shared })
    }

    /// For `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The traffic of an account, from now on.
    pub(crate) fn traffic(&self, account: &str) -> Traffic {
        let line = Arc::default();
        locked(&self.shared.accounts).insert(account.to_owned(), Arc::clone(&line));
        Traffic(line)
    }
}

impl Traffic {
    /// Forgets the calls, and lets nothing go wrong until it is told to.
    pub(crate) fn clear(&self) {
        let mut line = locked(&self.0);
        line.calls.clear();
        line.armed = None;
    }

    /// Forgets the calls, and lets this go wrong at this call.
    pub(crate) fn arm(&self, fault: Fault, at: At) {
        let mut line = locked(&self.0);
        line.calls.clear();
        line.armed = Some(Armed { fault, at, first: None, met: Vec::new() });
    }

    /// Forgets the calls, and holds this one until it is let go.
    pub(crate) fn hold(&self, at: At, moment: Moment) -> Held {
        let (hold, held) = hold::pair(at, moment);
        let mut line = locked(&self.0);
        line.calls.clear();
        line.hold = Some(hold);
        held
    }

    /// Answers no more requests than AWS does, from now on.
    pub(crate) fn limit(&self) {
        locked(&self.0).limits = Some(Limits::new(Instant::now()));
    }

    /// Tells calls apart by which of these stands in them.
    pub(crate) fn tell_apart_by(&self, words: &'static [&'static str]) {
        locked(&self.0).words = words;
    }

    /// Waits until every call is answered: what nobody waits for any more takes effect all the same.
    pub(crate) fn wait_until_idle(&self) {
        while locked(&self.0).under_way > 0 {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Lets somebody else do something right before the next call of this action.
    pub(crate) fn somebody_else(&self, before: &'static str, does: impl FnOnce() + Send + 'static) {
        locked(&self.0).somebody_else = Some(SomebodyElse { before, does: Box::new(does) });
    }

    /// The calls since then, which are forgotten.
    pub(crate) fn take(&self) -> Vec<Seen> {
        mem::take(&mut locked(&self.0).calls)
    }

    /// The calls since then.
    pub(crate) fn calls(&self) -> Vec<Seen> {
        locked(&self.0).calls.clone()
    }

    /// The actions to which something happened.
    pub(crate) fn met(&self) -> Vec<String> {
        locked(&self.0).armed.as_ref().map(|armed| armed.met.clone()).unwrap_or_default()
    }
}

impl Line {
    fn judge(&mut self, request: &Request) -> Verdict {
        let action = request.action();
        let index = self.calls.len();
        let creates = |seen: &Seen| {
            let (service, name) = seen.action.split_once(':').unwrap_or_default();
            service == request.service() && name.starts_with("Create")
        };
        let may_be_invisible = ["iam", "lambda"].contains(&request.service());
        let now = Instant::now();
        let throttled = self.limits.as_mut().is_some_and(|limits| !limits.admit(&action, now));
        self.calls.push(Seen {
            is_read: request.is_read(),
            was_otherwise: false,
            follows_a_create: may_be_invisible && self.calls.iter().any(creates),
            word: request.first_of(self.words),
            throttled,
            action: action.clone(),
        });
        if throttled {
            return Verdict::Meets(Fault::Throttled, format!("limited-{index}"));
        }
        let Some(armed) = &mut self.armed else { return Verdict::Passes };
        if armed.first.is_none() && !armed.at.is_last_of(&self.calls) {
            return Verdict::Passes;
        }
        if armed.fault.reach() == Reach::Elsewhere {
            armed.first.get_or_insert_with(|| (index, action.clone()));
            armed.met.push(action);
            return Verdict::Passes;
        }
        let (begun, first) = armed.first.get_or_insert_with(|| (index, action.clone()));
        let meets = match armed.fault.reach() {
            Reach::Times(times) => armed.met.len() < times && *first == action,
            Reach::ThisActionFromHere => *first == action,
            Reach::AllFromHere => true,
            Reach::Elsewhere => false,
        };
        if !meets || (armed.fault.reach() == Reach::Times(1) && index != *begun) {
            return Verdict::Passes;
        }
        armed.met.push(action);
        Verdict::Meets(armed.fault, format!("injected-{index}"))
    }

    /// Remembers the answer to a read, and whether it was another one before.
    fn remember(&mut self, index: usize, question: Vec<u8>, answer: &[u8]) {
        let before = self.answers.insert(question, answer.to_vec());
        let follows_a_write = self.calls.iter().take(index).any(|seen| !seen.is_read);
        if let (Some(seen), Some(before)) = (self.calls.get_mut(index), before) {
            seen.was_otherwise = follows_a_write && content(&before) != content(answer);
        }
    }
}

impl Shared {
    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(client);
        let Some(request) = Request::read(&mut reader)? else { return Ok(()) };
        let line = {
            let accounts = locked(&self.accounts);
            request.access_key().and_then(|key| accounts.get(key)).cloned()
        };
        let answer = match line {
            Some(line) => {
                locked(&line).under_way += 1;
                let answer = self.answer(&request, &line, client);
                locked(&line).under_way -= 1;
                answer?
            }
            None => Some(request.forward(&self.upstream)?),
        };
        // Without an answer, the connection just ends.
        answer.map_or(Ok(()), |answer| (&mut &*client).write_all(&answer))
    }

    fn answer(
        &self,
        request: &Request,
        line: &Mutex<Line>,
        mut client: &TcpStream,
    ) -> io::Result<Option<Vec<u8>>> {
        let (verdict, index, somebody_else, hold) = {
            let mut line = locked(line);
            let action = request.action();
            let somebody_else = line.somebody_else.take_if(|other| other.before == action);
            let verdict = line.judge(request);
            let Line { hold, calls, .. } = &mut *line;
            let hold = hold.take_if(|hold| hold.is_at_last_of(calls));
            (verdict, calls.len() - 1, somebody_else, hold)
        };
        if let Some(somebody_else) = somebody_else {
            (somebody_else.does)();
        }
        let forward = || {
            let answer = request.forward(&self.upstream)?;
            if request.is_read() {
                locked(line).remember(index, request.question(), &answer);
            }
            io::Result::Ok(answer)
        };
        let Verdict::Meets(fault, request_id) = verdict else {
            return hold.map_or_else(forward, |hold| hold.around(forward)).map(Some);
        };
        let refusal = fault.refusal(request.service());
        let refusal = refusal.map(|refusal| refusal.answer(request.service(), &request_id));
        match fault {
            Fault::ResetBefore => Ok(None),
            Fault::ResetAfter | Fault::AnswersLost => forward().map(|_| None),
            Fault::BrokenAfter => forward().map(|_| refusal),
            Fault::Hangs => {
                client.set_read_timeout(Some(LONGEST))?;
                // Returns when the client has had enough.
                let _ = client.read(&mut [0])?;
                Ok(None)
            }
            Fault::Stale => {
                let before = locked(line).answers.get(&request.question()).cloned();
                let now = forward()?;
                Ok(Some(before.unwrap_or(now)))
            }
            _ => Ok(refusal),
        }
    }
}

/// An answer's status and body without what is of the moment: XML has the request's id in it.
fn content(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let (before, after) = body.split_once("<RequestId>").unwrap_or((body, ""));
    let after = after.split_once("</RequestId>").map_or("", |(_, after)| after);
    format!("{}\n{before}{after}", head.lines().next().unwrap_or_default())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
