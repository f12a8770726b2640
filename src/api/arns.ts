/** Where the engine says that it is. */
export interface Place {
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
}

export function flowArn(place: Place, name: string): string {
  return `arn:${partitionOf(place)}:appflow:${place.region}:${place.account}:flow/${name}`;
}

export function profileArn(place: Place, name: string): string {
  return `arn:${partitionOf(place)}:appflow:${place.region}:${place.account}:connectorprofile/${name}`;
}

export function connectorArn(place: Place, label: string): string {
  return `arn:${partitionOf(place)}:appflow:${place.region}:${place.account}:connector/${label}`;
}

export function eventBusArn(place: Place, name: string): string {
  return `arn:${partitionOf(place)}:events:${place.region}:${place.account}:event-bus/${name}`;
}

export function userArn(place: Place, user: string): string {
  return `arn:${partitionOf(place)}:iam::${place.account}:user/${user}`;
}

/** What DescribeFlow names for a flow without a key of its own. */
export function defaultKeyArn(place: Place): string {
  return `arn:${partitionOf(place)}:kms:${place.region}:${place.account}:alias/aws/appflow`;
}

/** `name` ends with the six characters that Secrets Manager appends. */
export function secretArn(place: Place, name: string): string {
  return `arn:${partitionOf(place)}:secretsmanager:${place.region}:${place.account}:secret:${name}`;
}

function partitionOf({ region }: Place): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
