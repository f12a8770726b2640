import type { Problem } from "../sdk/problem.ts";
import type { ConnectorUnion, FlowRequest } from "./flow-request.ts";

/**
 * Every bucket that a flow names and may not use: a problem for each place, with the parameter of the deployment that allows
 * all of them. Looks at what has its JSON type, for the rest is refused anyway.
 */
export function checkBuckets(request: FlowRequest, allowed: ReadonlySet<string>): readonly Problem[] {
  const refused = bucketsOf(request).filter(({ bucket }) => !allowed.has(bucket));
  const all = [...new Set([...allowed, ...refused.map(({ bucket }) => bucket)])].toSorted();
  return refused.map(({ path, bucket }) => ({
    path,
    message: `flows of this stack may not use the bucket "${bucket}"`,
    remedy:
      `deploy it with --param allowedBuckets=${all.join(",")}; ` +
      "a bucket of another account also needs the policy in docs/operations.md",
  }));
}

interface NamedBucket {
  readonly path: string;
  readonly bucket: string;
}

function bucketsOf({ sourceFlowConfig, destinationFlowConfigList = [] }: FlowRequest): readonly NamedBucket[] {
  return [
    ...bucketsIn("sourceFlowConfig.sourceConnectorProperties", sourceFlowConfig?.sourceConnectorProperties),
    ...destinationFlowConfigList.flatMap(({ destinationConnectorProperties }, place) =>
      bucketsIn(`destinationFlowConfigList[${place}].destinationConnectorProperties`, destinationConnectorProperties),
    ),
  ];
}

/** Where AppFlow's connectors name the buckets of a flow. */
const PLACES: readonly (readonly string[])[] = [
  ["bucketName"],
  ["intermediateBucketName"],
  ["errorHandlingConfig", "bucketName"],
];

function bucketsIn(path: string, union: ConnectorUnion = {}): readonly NamedBucket[] {
  return Object.entries(union).flatMap(([key, settings]) =>
    PLACES.flatMap((place) => {
      const bucket = place.reduce<unknown>((value, member) => memberOf(value, member), settings);
      return typeof bucket === "string" ? [{ path: [path, key, ...place].join("."), bucket }] : [];
    }),
  );
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[member] : undefined;
}
