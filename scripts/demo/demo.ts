import type { CreateConnectorProfileCommandInput, CreateFlowCommandInput } from "@aws-sdk/client-appflow";

/** A flow of a demo, and what it is there to show. */
export interface DemoFlow {
  readonly title: string;
  readonly request: CreateFlowCommandInput;
}

/** What a demo shows, and what has to be there for it. */
export interface Demo {
  /** Where profiles lead that are on this machine. */
  readonly allowedOrigins: readonly string[];
  readonly profiles: readonly CreateConnectorProfileCommandInput[];
  readonly flows: readonly DemoFlow[];
  /** What the source was asked for since the last call. */
  tell(): readonly string[];
  close(): Promise<void>;
}
