export type { Batch, Column, RejectedRecord, TextColumn } from "../batch/batch.ts";
export type { FieldType } from "../batch/field-type.ts";
export type { ByteSource } from "./byte-source.ts";
export type {
  BrowseSession,
  BytesPage,
  Connector,
  Destination,
  EventSubscription,
  FileDestination,
  FileLayout,
  FileTarget,
  IncrementalSource,
  InputFormat,
  Page,
  PageSection,
  PageVersion,
  ReadableSource,
  RecordsPage,
  SampledField,
  Session,
  Source,
  SourceQuery,
  SplitQuery,
  SplitSession,
  TimeWindow,
  TriggerType,
  VersionFields,
  WrittenPlace,
} from "./connector.ts";
export { MAX_PARTS, MIN_PART_BYTES, ObjectStoreError } from "./object-store.ts";
export type {
  ObjectInfo,
  ObjectStore,
  ObjectStoreErrorCode,
  PutOptions,
  ReadRange,
  Upload,
  UploadedPart,
  UploadOptions,
} from "./object-store.ts";
export { bearerToken } from "./auth/authorize.ts";
export { bufferSource } from "./buffer-source.ts";
export { compareKeys } from "./compare-keys.ts";
export { ConnectorError } from "./connector-error.ts";
export type { ConnectorErrorCode } from "./connector-error.ts";
export type { EntitiesQuery, Entity, EntityField, EntityPage, Range } from "./entity.ts";
export { earliestTime, latestTime, readTime } from "./filter.ts";
export type { Filter } from "./filter.ts";
export type { Connection } from "./http/connection.ts";
export type { HttpRequest } from "./http/dispatch.ts";
export type { HttpSheet, JudgedAnswer, Judgement, LimitState } from "./http/http-sheet.ts";
export type { JsonBody } from "./http/json-body.ts";
export { readJson } from "./http/json-body.ts";
export { readLimits } from "./http/read-limits.ts";
export { elementsOf, isObject, membersOf, readValue } from "./json-spans.ts";
export type { Span } from "./json-spans.ts";
export { msToMidnight } from "./ms-to-midnight.ts";
export { poll } from "./poll.ts";
export { turnPages } from "./turn-pages.ts";
export type { TurnedPage } from "./turn-pages.ts";
export type { AuthKind, ProfileSheet } from "./profile-sheet.ts";
export { scalarText } from "./json.ts";
export type { Json, JsonObject } from "./json.ts";
export type { Problem } from "./problem.ts";
export { readBucket, readPrefix } from "./bucket-settings.ts";
export { readFileTarget } from "./file-target.ts";
export { SettingsReader, show } from "./settings-reader.ts";
export { namedBy } from "./named-object.ts";
export { checkTokens, isGiven } from "./oauth-tokens.ts";
export { readTableName } from "./table-name.ts";
export { instanceUrl } from "./auth/instance-url.ts";
export type { OAuthDefaults, OAuthSheet } from "./auth/oauth-sheet.ts";
