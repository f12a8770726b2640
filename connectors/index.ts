import type { Connector } from "#sdk";
import s3 from "./s3/index.ts";

/** The catalogue: every connector that there is. A test keeps it complete. */
export const connectors: readonly Connector[] = [s3];
