//! The settings of a mapping, as Lambda takes and gives them.

use std::collections::BTreeSet;

use aws_sdk_lambda::operation::create_event_source_mapping::builders::CreateEventSourceMappingFluentBuilder as CreateRequest;
use aws_sdk_lambda::operation::update_event_source_mapping::builders::UpdateEventSourceMappingFluentBuilder as UpdateRequest;
use aws_sdk_lambda::types as sdk;

use crate::execution_policy::PollSource;

/// What of a mapping can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingSettings {
    /// Whether Lambda polls.
    pub enabled: bool,
    /// How many records one invocation gets at most.
    pub batch_size: i32,
    /// For how many seconds Lambda gathers records for one.
    pub batching_window: i32,
    /// Patterns in JSON, of which a record must match one; all records where there is none.
    pub filters: BTreeSet<String>,
    /// What Lambda makes of an answer: `ReportBatchItemFailures`.
    pub response_types: BTreeSet<String>,
    /// The key that the filters are encrypted with, where it is not Lambda's own.
    pub kms_key_arn: Option<String>,
    /// What only one kind of source has.
    pub source: SourceSettings,
}

/// What only one kind of source has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSettings {
    /// Of a queue.
    Queue {
        /// How many invocations the queue may cause at a time.
        maximum_concurrency: Option<i32>,
    },
    /// Of a stream.
    Stream(StreamSettings),
}

/// What only streams have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSettings {
    /// How many batches of one shard are processed at a time.
    pub parallelization_factor: i32,
    /// Whether a batch that failed is tried again in halves.
    pub bisect_batch: bool,
    /// Seconds after which a record is given up; -1 for never.
    pub maximum_record_age: i32,
    /// How often a batch is tried again; -1 without end.
    pub maximum_retries: i32,
    /// Where Lambda sends word of what it gave up.
    pub destination_arn: Option<String>,
}

impl MappingSettings {
    /// As Lambda has them where nothing is said.
    pub fn usual(source: PollSource) -> Self {
        let is_queue = source == PollSource::Queue;
        Self {
            enabled: true,
            batch_size: if is_queue { 10 } else { 100 },
            batching_window: 0,
            filters: BTreeSet::new(),
            response_types: BTreeSet::new(),
            kms_key_arn: None,
            source: if is_queue {
                SourceSettings::Queue { maximum_concurrency: None }
            } else {
                SourceSettings::Stream(StreamSettings::default())
            },
        }
    }

    fn response_types(&self) -> Vec<sdk::FunctionResponseType> {
        self.response_types.iter().map(|name| name.as_str().into()).collect()
    }

    fn filter_criteria(&self) -> sdk::FilterCriteria {
        let filter = |pattern: &String| sdk::Filter::builder().pattern(pattern).build();
        let filters = self.filters.iter().map(filter).collect();
        sdk::FilterCriteria::builder().set_filters(Some(filters)).build()
    }

    fn stream(&self) -> Option<&StreamSettings> {
        match &self.source {
            SourceSettings::Stream(stream) => Some(stream),
            SourceSettings::Queue { .. } => None,
        }
    }

    /// `None` for a stream, which has no such thing.
    fn scaling_config(&self) -> Option<sdk::ScalingConfig> {
        let SourceSettings::Queue { maximum_concurrency } = self.source else { return None };
        Some(sdk::ScalingConfig::builder().set_maximum_concurrency(maximum_concurrency).build())
    }

    /// `None` for a queue, which has its own. Empty text is no destination.
    fn destination_config(&self) -> Option<sdk::DestinationConfig> {
        let arn = self.stream()?.destination_arn.as_deref().unwrap_or_default();
        let on_failure = sdk::OnFailure::builder().destination(arn).build();
        Some(sdk::DestinationConfig::builder().on_failure(on_failure).build())
    }
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            parallelization_factor: 1,
            bisect_batch: false,
            maximum_record_age: -1,
            maximum_retries: -1,
            destination_arn: None,
        }
    }
}

/// Puts into a request what a create and an update say alike.
macro_rules! with_settings {
    ($request:expr, $settings:expr) => {{
        let settings: &MappingSettings = $settings;
        let stream = settings.stream();
        $request
            .enabled(settings.enabled)
            .batch_size(settings.batch_size)
            .maximum_batching_window_in_seconds(settings.batching_window)
            .set_function_response_types(Some(settings.response_types()))
            .set_parallelization_factor(stream.map(|stream| stream.parallelization_factor))
            .set_bisect_batch_on_function_error(stream.map(|stream| stream.bisect_batch))
            .set_maximum_record_age_in_seconds(stream.map(|stream| stream.maximum_record_age))
            .set_maximum_retry_attempts(stream.map(|stream| stream.maximum_retries))
    }};
}

/// A request to create a mapping with these settings. What there is none of is left out.
pub(super) fn created_with(request: CreateRequest, settings: &MappingSettings) -> CreateRequest {
    let usual = MappingSettings {
        filters: BTreeSet::new(),
        source: match &settings.source {
            SourceSettings::Queue { .. } => SourceSettings::Queue { maximum_concurrency: None },
            SourceSettings::Stream(_) => SourceSettings::Stream(StreamSettings::default()),
        },
        ..settings.clone()
    };
    let given = Parts::changed(&usual, settings);
    with_settings!(request, settings)
        .set_filter_criteria(given.filter_criteria)
        .set_scaling_config(given.scaling_config)
        .set_destination_config(given.destination_config)
        .set_kms_key_arn(settings.kms_key_arn.clone())
}

/// A request to change a mapping. Lambda takes away only what is said to be empty.
pub(super) fn changed_to(
    request: UpdateRequest,
    have: &MappingSettings,
    want: &MappingSettings,
) -> UpdateRequest {
    let changed = Parts::changed(have, want);
    let other_key = have.kms_key_arn != want.kms_key_arn;
    with_settings!(request, want)
        .set_filter_criteria(changed.filter_criteria)
        .set_scaling_config(changed.scaling_config)
        .set_destination_config(changed.destination_config)
        .set_kms_key_arn(other_key.then(|| want.kms_key_arn.clone().unwrap_or_default()))
}

/// The parts of a request that are objects, each as far as it differs.
struct Parts {
    filter_criteria: Option<sdk::FilterCriteria>,
    scaling_config: Option<sdk::ScalingConfig>,
    destination_config: Option<sdk::DestinationConfig>,
}

impl Parts {
    fn changed(have: &MappingSettings, want: &MappingSettings) -> Self {
        fn other<T: PartialEq>(have: Option<T>, want: Option<T>) -> Option<T> {
            want.filter(|want| have.as_ref() != Some(want))
        }
        Self {
            filter_criteria: other(Some(have.filter_criteria()), Some(want.filter_criteria())),
            scaling_config: other(have.scaling_config(), want.scaling_config()),
            destination_config: other(have.destination_config(), want.destination_config()),
        }
    }
}

impl From<&sdk::EventSourceMappingConfiguration> for MappingSettings {
    fn from(found: &sdk::EventSourceMappingConfiguration) -> Self {
        let source = found.event_source_arn().and_then(PollSource::of);
        let usual = Self::usual(source.unwrap_or(PollSource::Queue));
        let filters = found.filter_criteria().map(sdk::FilterCriteria::filters);
        let patterns = filters.into_iter().flatten().filter_map(sdk::Filter::pattern);
        let state = found.state().unwrap_or_default();
        Self {
            enabled: !matches!(state, "Disabled" | "Disabling"),
            batch_size: found.batch_size().unwrap_or(usual.batch_size),
            batching_window: found.maximum_batching_window_in_seconds().unwrap_or_default(),
            filters: patterns.map(str::to_owned).collect(),
            response_types: found
                .function_response_types()
                .iter()
                .map(|name| name.as_str().to_owned())
                .collect(),
            kms_key_arn: found.kms_key_arn().filter(|arn| !arn.is_empty()).map(str::to_owned),
            source: match usual.source {
                SourceSettings::Queue { .. } => SourceSettings::Queue {
                    maximum_concurrency: found
                        .scaling_config()
                        .and_then(sdk::ScalingConfig::maximum_concurrency),
                },
                SourceSettings::Stream(usual) => SourceSettings::Stream(stream(found, &usual)),
            },
        }
    }
}

fn stream(found: &sdk::EventSourceMappingConfiguration, usual: &StreamSettings) -> StreamSettings {
    let destination = found.destination_config().and_then(sdk::DestinationConfig::on_failure);
    let destination = destination.and_then(sdk::OnFailure::destination);
    StreamSettings {
        parallelization_factor: found
            .parallelization_factor()
            .unwrap_or(usual.parallelization_factor),
        bisect_batch: found.bisect_batch_on_function_error().unwrap_or(usual.bisect_batch),
        maximum_record_age: found
            .maximum_record_age_in_seconds()
            .unwrap_or(usual.maximum_record_age),
        maximum_retries: found.maximum_retry_attempts().unwrap_or(usual.maximum_retries),
        destination_arn: destination.filter(|arn| !arn.is_empty()).map(str::to_owned),
    }
}
