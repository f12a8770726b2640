/*
 * What Zendesk documents of its objects (https://developer.zendesk.com/api-reference/): a line has the name of an object, and
 * behind it a type and the fields of that type, each type once. Accounts have more fields, and tell of them.
 */

const TYPES = {
  tickets: {
    integer:
      "id requester_id submitter_id assignee_id organization_id group_id forum_topic_id problem_id custom_status_id brand_id ticket_form_id generated_timestamp",
    string: "url external_id type subject raw_subject description priority status recipient encoded_id support_type",
    datetime: "created_at updated_at due_at",
    boolean: "has_incidents is_public allow_channelback allow_attachments from_messaging_channel",
    array: "collaborator_ids follower_ids email_cc_ids tags custom_fields sharing_agreement_ids followup_ids",
    object: "via satisfaction_rating",
  },
  users: {
    integer: "id organization_id default_group_id custom_role_id locale_id role_type",
    string:
      "url name email time_zone iana_time_zone phone external_id alias details notes role locale ticket_restriction signature",
    datetime: "created_at updated_at last_login_at",
    boolean:
      "verified active shared shared_agent suspended moderator only_private_comments restricted_agent report_csv two_factor_auth_enabled shared_phone_number is_billing_admin",
    array: "tags",
    object: "photo suspension_details user_fields",
  },
  organizations: {
    integer: "id group_id",
    string: "url name external_id details notes",
    datetime: "created_at updated_at deleted_at",
    boolean: "shared_tickets shared_comments",
    array: "domain_names tags",
    object: "organization_fields",
  },
  ticket_events: {
    integer: "id ticket_id timestamp updater_id",
    string: "via via_reference_id event_type",
    datetime: "created_at",
    array: "child_events",
    object: "system metadata",
  },
  ticket_comments: {
    integer: "id ticket_id author_id audit_id timestamp",
    string: "event_type type body html_body plain_body via_reference_id",
    datetime: "created_at",
    boolean: "public trusted comment_present comment_public",
    array: "attachments",
    object: "via data",
  },
  ticket_metric_events: {
    integer: "id ticket_id instance_id",
    string: "metric type",
    datetime: "time",
    boolean: "deleted",
    object: "sla group_sla status",
  },
  articles: {
    integer: "id author_id section_id position vote_sum vote_count permission_group_id user_segment_id",
    string: "url html_url title name body locale source_locale",
    datetime: "created_at updated_at edited_at",
    boolean: "draft promoted outdated comments_disabled",
    array: "label_names outdated_locales content_tag_ids",
  },
  ticket_audits: {
    integer: "id ticket_id author_id",
    datetime: "created_at",
    array: "events",
    object: "metadata via",
  },
  satisfaction_ratings: {
    integer: "id assignee_id group_id requester_id ticket_id reason_id reason_code",
    string: "url score comment reason",
    datetime: "created_at updated_at",
  },
  ticket_metrics: {
    integer: "id ticket_id group_stations assignee_stations reopens replies",
    string: "url",
    datetime:
      "created_at updated_at assignee_updated_at requester_updated_at status_updated_at initially_assigned_at assigned_at solved_at latest_comment_added_at custom_status_updated_at",
    object:
      "reply_time_in_minutes first_resolution_time_in_minutes full_resolution_time_in_minutes agent_wait_time_in_minutes requester_wait_time_in_minutes on_hold_time_in_minutes reply_time_in_seconds",
  },
  ticket_fields: {
    integer: "id position sub_type_id creator_user_id",
    string:
      "url type title raw_title description raw_description regexp_for_validation title_in_portal tag agent_description",
    datetime: "created_at updated_at",
    boolean: "active required collapsed_for_agents visible_in_portal editable_in_portal required_in_portal removable",
    array: "system_field_options custom_field_options",
  },
  groups: {
    integer: "id",
    string: "url name description",
    datetime: "created_at updated_at",
    boolean: "default deleted is_public",
  },
  group_memberships: {
    integer: "id user_id group_id",
    string: "url",
    datetime: "created_at updated_at",
    boolean: "default",
  },
  organization_memberships: {
    integer: "id user_id organization_id",
    string: "url organization_name",
    datetime: "created_at updated_at",
    boolean: "default view_tickets",
  },
  organization_fields: {
    integer: "id position",
    string: "url key type title raw_title description raw_description regexp_for_validation",
    datetime: "created_at updated_at",
    boolean: "active system",
    array: "custom_field_options",
  },
  user_fields: {
    integer: "id position",
    string: "url key type title raw_title description raw_description regexp_for_validation",
    datetime: "created_at updated_at",
    boolean: "active system",
    array: "custom_field_options",
  },
  brands: {
    integer: "id",
    string: "url name brand_url subdomain host_mapping help_center_state signature_template",
    datetime: "created_at updated_at",
    boolean: "active default has_help_center is_deleted",
    array: "ticket_form_ids",
    object: "logo",
  },
  macros: {
    integer: "id position",
    string: "url title raw_title description",
    datetime: "created_at updated_at",
    boolean: "active default",
    array: "actions",
    object: "restriction",
  },
  views: {
    integer: "id position",
    string: "url title raw_title description",
    datetime: "created_at updated_at",
    boolean: "active default",
    object: "execution conditions restriction",
  },
  triggers: {
    integer: "id position",
    string: "url title raw_title description category_id",
    datetime: "created_at updated_at",
    boolean: "active default",
    array: "actions",
    object: "conditions",
  },
  automations: {
    integer: "id position",
    string: "url title raw_title",
    datetime: "created_at updated_at",
    boolean: "active default",
    array: "actions",
    object: "conditions",
  },
  custom_roles: {
    integer: "id role_type team_member_count",
    string: "name description",
    datetime: "created_at updated_at",
    object: "configuration",
  },
  tags: { string: "name", integer: "count" },
  ticket_forms: {
    integer: "id position",
    string: "url name raw_name display_name raw_display_name",
    datetime: "created_at updated_at",
    boolean: "active default end_user_visible in_all_brands",
    array: "ticket_field_ids restricted_brand_ids agent_conditions end_user_conditions",
  },
  sla_policies: {
    integer: "id position",
    string: "url title description",
    datetime: "created_at updated_at",
    array: "policy_metrics",
    object: "filter",
  },
  schedules: {
    integer: "id",
    string: "name time_zone",
    datetime: "created_at updated_at",
    array: "intervals",
  },
  custom_object_records: {
    string: "id url name external_id custom_object_key created_by_user_id updated_by_user_id",
    datetime: "created_at updated_at",
    object: "custom_object_fields",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The fields that every record of an object can have, with Zendesk's word for what they hold. */
export function standardFields(object: string): ReadonlyMap<string, string> {
  const types: Readonly<Record<string, Readonly<Record<string, string>>>> = TYPES;
  const fields = Object.entries(types[object] ?? {}).flatMap(([type, names]) =>
    names.split(" ").map((name) => [name, type] as const),
  );
  return new Map(fields);
}
