import type { ConnectorAbilities } from "./connector-abilities.ts";

/** A connector that somebody has registered: a Lambda function that speaks the custom connector protocol. Plain JSON. */
export interface Registration {
  readonly label: string;
  readonly arn: string;
  readonly description?: string;
  readonly lambdaArn: string;
  /** What the function told when it was registered, or asked again. */
  readonly configuration: ConnectorAbilities;
  readonly registeredBy: string;
  /** Milliseconds since 1970. */
  readonly registeredAt: number;
  readonly updatedAt: number;
  /** Counts the writes of this item; a write that expects another number is refused. */
  readonly version: number;
}
