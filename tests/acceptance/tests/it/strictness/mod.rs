//! The checker is as strict as Terraform: for each rule, a provider that breaks it, which Terraform
//! refuses and the checker refuses too, in the same words.

mod stories;

use expect_test::{Expect, expect};

use self::stories::{Story, checker, in_one_line, terraform};

/// Asserts what both say of a mistake. Numbers that differ from run to run are `#`.
fn refused(fault: &str, story: Story, expected: &Expect) {
    let refusal = block_on(checker(fault, story)).unwrap_err();
    let said = without_random_numbers(&refusal.to_string());
    expected.assert_eq(&said);

    let (went_on, output) = terraform(fault, story);
    let output = without_random_numbers(&output);
    assert!(!went_on, "Terraform finds nothing wrong:\n{output}");
    for part in said.split("\n\n") {
        let part = in_one_line(part.strip_prefix("Error: ").unwrap_or(part));
        assert!(output.contains(&part), "Terraform does not say {part:?} in\n{output}");
    }
}

/// Asserts that Terraform forgives or overlooks what the checker refuses.
fn overlooked(fault: &str, story: Story, expected: &Expect) {
    let refusal = block_on(checker(fault, story)).unwrap_err();
    expected.assert_eq(&refusal.to_string());

    let (went_on, output) = terraform(fault, story);
    assert!(went_on, "Terraform is as strict:\n{output}");
}

/// Numbers of nine digits and more are times.
fn without_random_numbers(text: &str) -> String {
    let mut masked = String::new();
    let mut digits = String::new();
    for character in text.chars().chain([' ']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        masked += if digits.len() < 9 { &digits } else { "#" };
        digits.clear();
        masked.push(character);
    }
    masked.pop();
    masked
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(future)
}

#[test]
fn without_a_mistake_nothing_is_refused() {
    use Story::*;
    for story in [
        Schema, Plan, Apply, Refresh, Change, Destroy, Import, Move, Data, Open, Call, List, Invoke,
    ] {
        block_on(checker("none", story)).unwrap();
        let (went_on, output) = terraform("none", story);
        assert!(went_on, "{output}");
    }
}

#[test]
fn schema_required_and_optional() {
    refused(
        "schema-required-and-optional",
        Story::Schema,
        &expect![[
            r#"Error: provider registry.terraform.io/acme/tiny has invalid schema for managed resource type "tiny_note", which is a bug in the provider: "name: cannot set both Optional and Required""#
        ]],
    );
}

#[test]
fn schema_required_and_computed() {
    refused(
        "schema-required-and-computed",
        Story::Schema,
        &expect![[
            r#"Error: provider registry.terraform.io/acme/tiny has invalid schema for managed resource type "tiny_note", which is a bug in the provider: "name: cannot set both Computed and Required""#
        ]],
    );
}

#[test]
fn schema_no_mode() {
    refused(
        "schema-no-mode",
        Story::Schema,
        &expect![[
            r#"Error: provider registry.terraform.io/acme/tiny has invalid schema for managed resource type "tiny_note", which is a bug in the provider: "name: must set Optional, Required or Computed""#
        ]],
    );
}

#[test]
fn schema_block_name() {
    refused(
        "schema-block-name",
        Story::Schema,
        &expect![[
            r#"Error: provider registry.terraform.io/acme/tiny has invalid schema for managed resource type "tiny_note", which is a bug in the provider: "Line: name may contain only lowercase letters, digits and underscores""#
        ]],
    );
}

#[test]
fn schema_block_items() {
    refused(
        "schema-block-items",
        Story::Schema,
        &expect![[
            r#"Error: provider registry.terraform.io/acme/tiny has invalid schema for managed resource type "tiny_note", which is a bug in the provider: "line: MinItems must be less than or equal to MaxItems in NestingList mode""#
        ]],
    );
}

#[test]
fn schema_set_block_write_only() {
    refused(
        "schema-set-block-write-only",
        Story::Schema,
        &expect![[
            r#"Error: provider registry.terraform.io/acme/tiny has invalid schema for managed resource type "tiny_note", which is a bug in the provider: "line: NestingSet blocks may not contain WriteOnly attributes""#
        ]],
    );
}

#[test]
fn schema_no_provider() {
    refused("schema-no-provider", Story::Schema, &expect!["Error: missing provider schema"]);
}

#[test]
fn schema_identity_mode() {
    refused(
        "schema-identity-mode",
        Story::Schema,
        &expect![[
            r#"Error: provider registry.terraform.io/acme/tiny has invalid identity schema for managed resource type "tiny_note", which is a bug in the provider: "name: must set Optional, Required or Computed""#
        ]],
    );
}

#[test]
fn plan_other_value() {
    refused(
        "plan-other-value",
        Story::Plan,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" planned an invalid value for tiny_note.this.text: planned value cty.StringVal("changed") does not match config value cty.StringVal("alpha").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_value_not_computed() {
    refused(
        "plan-value-not-computed",
        Story::Plan,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" planned an invalid value for tiny_note.this.colour: planned value cty.StringVal("blue") for a non-computed attribute.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_fewer_blocks() {
    refused(
        "plan-fewer-blocks",
        Story::Plan,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" planned an invalid value for tiny_note.this.line: block count in plan (0) disagrees with count in config (1).

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_blocks_null() {
    refused(
        "plan-blocks-null",
        Story::Plan,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" planned an invalid value for tiny_note.this.line: attribute representing a list of nested blocks must be empty to indicate no blocks, not null.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_blocks_unknown() {
    refused(
        "plan-blocks-unknown",
        Story::Plan,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" planned an invalid value for tiny_note.this.line: attribute representing nested block must not be unknown itself; set nested attribute values to unknown instead.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_block_other_value() {
    refused(
        "plan-block-other-value",
        Story::Plan,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" planned an invalid value for tiny_note.this.line[0].text: planned value cty.StringVal("changed") does not match config value cty.StringVal("x").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_missing_attribute() {
    refused(
        "plan-missing-attribute",
        Story::Plan,
        &expect!["Error: an object with 9 attributes is required (8 given)"],
    );
}

#[test]
fn plan_extra_attribute() {
    refused(
        "plan-extra-attribute",
        Story::Plan,
        &expect!["Error: an object with 9 attributes is required (10 given)"],
    );
}

#[test]
fn plan_other_type() {
    refused("plan-other-type", Story::Plan, &expect![[r#"Error: ["length"]: number is required"#]]);
}

#[test]
fn plan_null() {
    refused(
        "plan-null",
        Story::Plan,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" planned an invalid value for tiny_note.this: planned for absence but config wants existence.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_nothing() {
    refused(
        "plan-nothing",
        Story::Plan,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" planned an invalid value for tiny_note.this: planned for absence but config wants existence.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_write_only() {
    refused(
        "plan-write-only",
        Story::Plan,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "provider[\"registry.terraform.io/acme/tiny\"]" returned a value for the write-only attribute "tiny_note.this.secret_wo" during planning. Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_deferred() {
    refused(
        "plan-deferred",
        Story::Plan,
        &expect![[r#"
        Error: Provider deferred changes when Terraform did not allow deferrals

        The provider signaled a deferred action for "tiny_note.this", but in this context deferrals are disabled. This is a bug in the provider, please file an issue with the provider developers."#]],
    );
}

#[test]
fn plan_replace_no_such_path() {
    refused(
        "plan-replace-no-such-path",
        Story::Change,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" has indicated "requires replacement" on tiny_note.this for a non-existent attribute path cty.Path{cty.GetAttrStep{Name:"nope"}}.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_not_deterministic() {
    refused(
        "plan-not-deterministic",
        Story::Apply,
        &expect![[r#"
        Error: Provider produced inconsistent final plan

        When expanding the plan for tiny_note.this to include new values learned so far during apply, provider "registry.terraform.io/acme/tiny" produced an invalid new value for .length: was cty.NumberIntVal(1.#e+18), but now cty.NumberIntVal(1.#e+18).

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_refined() {
    refused(
        "plan-refined",
        Story::Apply,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_note.this, provider "provider[\"registry.terraform.io/acme/tiny\"]" produced an unexpected new value: .length: final value cty.NumberIntVal(29) does not conform to planning placeholder cty.UnknownVal(cty.Number).Refine().NotNull().NumberLowerBound(cty.NumberIntVal(1000), true).NewValue().

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn apply_other_value() {
    refused(
        "apply-other-value",
        Story::Apply,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_note.this, provider "provider[\"registry.terraform.io/acme/tiny\"]" produced an unexpected new value: .text: was cty.StringVal("alpha"), but now cty.StringVal("changed").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn apply_other_sensitive_value() {
    refused(
        "apply-other-sensitive-value",
        Story::Apply,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_note.this, provider "provider[\"registry.terraform.io/acme/tiny\"]" produced an unexpected new value: .pin: inconsistent values for sensitive attribute.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn apply_fewer_blocks() {
    refused(
        "apply-fewer-blocks",
        Story::Apply,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_note.this, provider "provider[\"registry.terraform.io/acme/tiny\"]" produced an unexpected new value: .line: block count changed from 1 to 0.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn apply_element_vanished() {
    refused(
        "apply-element-vanished",
        Story::Apply,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_note.this, provider "provider[\"registry.terraform.io/acme/tiny\"]" produced an unexpected new value: .labels: element "a" has vanished.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn apply_unknown() {
    refused(
        "apply-unknown",
        Story::Apply,
        &expect![[r#"
        Error: Provider returned invalid result object after apply

        After the apply operation, the provider still indicated an unknown value for tiny_note.this.length. All values must be known after apply, so this is always a bug in the provider and should be reported in the provider's own repository. Terraform will still save the other known object values in the state."#]],
    );
}

#[test]
fn apply_other_type() {
    refused(
        "apply-other-type",
        Story::Apply,
        &expect![[r#"Error: ["length"]: number is required"#]],
    );
}

#[test]
fn apply_null() {
    refused(
        "apply-null",
        Story::Apply,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_note.this, provider "provider[\"registry.terraform.io/acme/tiny\"]" produced an unexpected new value: Root object was present, but now absent.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn apply_write_only() {
    refused(
        "apply-write-only",
        Story::Apply,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "provider[\"registry.terraform.io/acme/tiny\"]" returned a value for the write-only attribute "tiny_note.this.secret_wo" after apply. Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn apply_identity_unknown() {
    refused(
        "apply-identity-unknown",
        Story::Apply,
        &expect![[r#"
        Error: Provider produced invalid identity

        Provider "registry.terraform.io/acme/tiny" returned an identity with unknown values for tiny_note.this. 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn upgrade_unknown() {
    refused(
        "upgrade-unknown",
        Story::Refresh,
        &expect![[r#"
        Error: Invalid resource state upgrade

        The tiny provider upgraded the state for tiny_note.this from a previous version, but produced an invalid result: The returned state contains unknown values."#]],
    );
}

#[test]
fn upgrade_other_type() {
    refused(
        "upgrade-other-type",
        Story::Refresh,
        &expect![[r#"Error: ["length"]: number is required"#]],
    );
}

#[test]
fn upgrade_write_only() {
    refused(
        "upgrade-write-only",
        Story::Refresh,
        &expect![[r#"
        Error: Invalid resource state upgrade

        While attempting to upgrade state of resource tiny_note.this, the provider "tiny" returned a value for the write-only attribute "tiny_note.this.secret_wo". Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn read_unknown() {
    refused(
        "read-unknown",
        Story::Refresh,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "registry.terraform.io/acme/tiny" planned an invalid value for tiny_note.this during refresh: The returned state contains unknown values.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn read_other_type() {
    refused(
        "read-other-type",
        Story::Refresh,
        &expect![[r#"Error: ["length"]: number is required"#]],
    );
}

#[test]
fn read_write_only() {
    refused(
        "read-write-only",
        Story::Refresh,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "provider[\"registry.terraform.io/acme/tiny\"]" returned a value for the write-only attribute "tiny_note.this.secret_wo" during refresh. Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn read_deferred() {
    refused(
        "read-deferred",
        Story::Refresh,
        &expect![[r#"
        Error: Provider deferred changes when Terraform did not allow deferrals

        The provider signaled a deferred action for "tiny_note.this", but in this context deferrals are disabled. This is a bug in the provider, please file an issue with the provider developers."#]],
    );
}

#[test]
fn read_identity_unknown() {
    refused(
        "read-identity-unknown",
        Story::Refresh,
        &expect![[r#"
        Error: Provider produced invalid identity

        Provider "registry.terraform.io/acme/tiny" returned an identity with unknown values for tiny_note.this. 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn read_identity_other_type() {
    refused(
        "read-identity-other-type",
        Story::Refresh,
        &expect![[r#"Error: ["name"]: string is required"#]],
    );
}

#[test]
fn plan_destroy_not_null() {
    refused(
        "plan-destroy-not-null",
        Story::Destroy,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" planned a non-null destroy value for tiny_note.this.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn apply_destroy_not_null() {
    refused(
        "apply-destroy-not-null",
        Story::Destroy,
        &expect![[r#"
        Error: Provider returned invalid result object after apply

        After applying a Delete plan, the provider returned a non-null object for tiny_note.this. Destroying should always produce a null value, so this is always a bug in the provider and should be reported in the provider's own repository. Terraform will still save this errant object in the state for debugging and recovery."#]],
    );
}

#[test]
fn import_without_type() {
    refused("import-without-type", Story::Import, &expect![[r#"Error: unknown resource type """#]]);
}

#[test]
fn import_null() {
    refused(
        "import-null",
        Story::Import,
        &expect![[r#"
        Error: Import returned null resource

        While attempting to import with ID first, the providerreturned an instance with no state."#]],
    );
}

#[test]
fn import_nothing() {
    refused(
        "import-nothing",
        Story::Import,
        &expect![[r#"
        Error: Import returned no resources

        While attempting to import with ID first, the providerreturned no instance states."#]],
    );
}

#[test]
fn import_write_only() {
    refused(
        "import-write-only",
        Story::Import,
        &expect![[r#"
        Error: Import returned a non-null value for a write-only attribute

        While attempting to import with ID first, the provider "provider[\"registry.terraform.io/acme/tiny\"]" returned a value for the write-only attribute "tiny_note.this.secret_wo". Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn move_null() {
    overlooked(
        "move-null",
        Story::Move,
        &expect![[r#"
        Error: Provider returned invalid value

        The provider returned an invalid value during an across type move operation to tiny_note.this. This is a bug in the relevant provider; Please report it."#]],
    );
}

#[test]
fn data_other_type() {
    refused("data-other-type", Story::Data, &expect![[r#"Error: ["text"]: string is required"#]]);
}

#[test]
fn data_unknown() {
    refused(
        "data-unknown",
        Story::Data,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "provider[\"registry.terraform.io/acme/tiny\"]" produced a value for data.tiny_note.this that is not wholly known.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn data_null() {
    refused(
        "data-null",
        Story::Data,
        &expect![[r#"
        Error: Provider produced null object

        Provider "provider[\"registry.terraform.io/acme/tiny\"]" produced a null value for data.tiny_note.this.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn open_unknown() {
    overlooked(
        "open-unknown",
        Story::Open,
        &expect![[r#"
        Error: Provider produced invalid ephemeral resource instance

        The provider for tiny_key produced an inconsistent result: .teeth: is not known."#]],
    );
}

#[test]
fn open_other_type() {
    refused("open-other-type", Story::Open, &expect![[r#"Error: ["teeth"]: string is required"#]]);
}

#[test]
fn open_deferred() {
    overlooked(
        "open-deferred",
        Story::Open,
        &expect![[r#"
        Error: Provider deferred changes when Terraform did not allow deferrals

        The provider signaled a deferred action for "ephemeral.tiny_key.this", but in this context deferrals are disabled. This is a bug in the provider, please file an issue with the provider developers."#]],
    );
}

#[test]
fn call_other_type() {
    refused("call-other-type", Story::Call, &expect!["Error: string is required"]);
}

#[test]
fn list_without_identity() {
    refused(
        "list-without-identity",
        Story::List,
        &expect!["Error: missing identity data in ListResource event for tiny_note"],
    );
}

#[test]
fn list_other_type() {
    refused("list-other-type", Story::List, &expect![[r#"Error: ["length"]: number is required"#]]);
}

#[test]
fn diagnostic_without_severity() {
    overlooked(
        "diagnostic-without-severity",
        Story::Plan,
        &expect![[r#"
        Error: Provider returned a diagnostic that is neither an error nor a warning

        The diagnostic "Careful" has severity 0. Terraform drops it in silence and goes on."#]],
    );
}

#[test]
fn diagnostic_path_is_none() {
    overlooked(
        "diagnostic-path-is-none",
        Story::Plan,
        &expect![[r#"
        Error: Provider returned a diagnostic about an attribute that does not exist

        The diagnostic "Careful" names .nope, which the schema does not have. Terraform points at the whole block instead."#]],
    );
}

#[test]
fn plan_legacy() {
    overlooked(
        "plan-legacy",
        Story::Plan,
        &expect![[r#"
        Error: Provider claimed the legacy type system

        Provider "registry.terraform.io/acme/tiny" set legacy_type_system while planning tiny_note.this, which makes Terraform log what is wrong with the answer instead of refusing it."#]],
    );
}

#[test]
fn upgrade_nothing() {
    overlooked(
        "upgrade-nothing",
        Story::Refresh,
        &expect![[r#"
        Error: Invalid resource state upgrade

        The tiny provider upgraded the state for tiny_note.this from a previous version, but produced an invalid result: The returned state is null, so the object would be forgotten."#]],
    );
}

#[test]
fn data_other_value() {
    overlooked(
        "data-other-value",
        Story::Data,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "provider[\"registry.terraform.io/acme/tiny\"]" produced an invalid value for data.tiny_note.this.name: planned value cty.StringVal("changed") does not match config value cty.StringVal("first").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[test]
fn plan_identity_unknown() {
    refused(
        "plan-identity-unknown",
        Story::Change,
        &expect![[r#"
        Error: Provider produced invalid identity

        Provider "registry.terraform.io/acme/tiny" returned an identity with unknown values for tiny_note.this. 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}
