import { type Member, secret, type Shape, string, type StringShape, structure, type StructureShape } from "./shape.ts";

/*
 * Connectors that AppFlow does not name, and what is theirs in requests. AppFlow's own shapes stay as they are, so that a test
 * can compare them with the service's model. `millrace new connector` adds one here.
 */

export interface AddedConnector {
  /** Its ConnectorType, and the name of its member in AppFlow's unions. */
  readonly type: string;
  /** AppFlow's names of the comparisons that a Filter task may make. */
  readonly comparisons: readonly string[];
  /** The members of a flow's source, of a profile's properties and of its credentials, all texts; `!` marks required ones. */
  readonly source: readonly string[];
  readonly properties: readonly string[];
  readonly credentials: readonly string[];
}

export const ADDED_CONNECTORS: readonly AddedConnector[] = [];

/** The texts of one of its parts. Credentials are secret, all of them. */
export function textsOf(added: AddedConnector, part: "source" | "properties" | "credentials"): StructureShape {
  const text = part === "credentials" ? secret({ min: 1, max: 4096 }) : string({ min: 1, max: 2048 });
  return structure(Object.fromEntries(added[part].map((name) => [name, text])));
}

/** The union with a member for each added connector. */
export function withAdded<Union extends StructureShape>(
  union: Union,
  shapeOf: (added: AddedConnector) => Shape,
): Union {
  const members = ADDED_CONNECTORS.map((added): [string, Member] => {
    return [added.type, { shape: shapeOf(added), required: false }];
  });
  return { ...union, members: new Map([...union.members, ...members]) };
}

/** AppFlow's connector types, and those of the added connectors. */
export function withAddedTypes<Value extends string>(types: StringShape<Value>): StringShape<Value> {
  return { ...types, values: [...types.values!, ...ADDED_CONNECTORS.map(({ type }) => type as Value)] };
}
