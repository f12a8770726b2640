import type { Connector } from "#sdk";
import { destination } from "./destination.ts";
import { source } from "./source.ts";

const s3: Connector = {
  type: "S3",
  key: "S3",
  label: "Amazon S3",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/s3.html",
  metadata: {},
  source,
  destination,
};

export default s3;
