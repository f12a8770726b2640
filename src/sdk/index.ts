export type { Batch, Column, RejectedRecord, TextColumn } from "../batch/batch.ts";
export type { FieldType } from "../batch/field-type.ts";
export type { ByteSource } from "./byte-source.ts";
export type {
  BytesPage,
  Connector,
  FileDestination,
  FileLayout,
  FileTarget,
  InputFormat,
  Json,
  JsonObject,
  Page,
  Problem,
  RecordsPage,
  Session,
  Source,
  SourceQuery,
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
