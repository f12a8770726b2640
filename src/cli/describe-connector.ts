import {
  ConnectorOperator,
  DestinationConnectorProperties,
  SourceConnectorProperties,
} from "../api/connector-shapes.ts";
import { ConnectorProfileCredentials, ConnectorProfileProperties } from "../api/profile-shapes.ts";
import type { Shape, StringShape, StructureShape } from "../api/shape.ts";
import type { Connector, Destination, Source, TriggerType } from "../sdk/connector.ts";
import type { AuthKind } from "../sdk/profile-sheet.ts";

/** What a connector can do, as its datasheet and the API's shapes say. */
export interface DescribedConnector {
  /** What requests call it, and the key of its members in them. */
  readonly type: string;
  readonly key: string;
  readonly label: string;
  readonly docs: string;
  /** True of the one that stands for all that are registered: what those can do, each of them tells itself. */
  readonly registered: boolean;
  readonly source?: DescribedSource;
  readonly destination?: DescribedDestination;
  /** Absent where flows name no profile. */
  readonly profile?: {
    readonly auth: readonly AuthKind[];
    readonly properties: readonly DescribedMember[];
    readonly credentials: readonly DescribedMember[];
  };
}

interface DescribedSource {
  /** False where flows are kept, and their runs fail. */
  readonly movesData: boolean;
  readonly triggers: readonly TriggerType[];
  /** The shortest interval of a schedule, in minutes. */
  readonly minimumMinutes: number;
  /** Whether flows may read what is new only, and whether parts are read side by side. */
  readonly incremental: boolean;
  readonly parallel: boolean;
  readonly settings: readonly DescribedMember[];
  readonly operators: readonly string[];
}

interface DescribedDestination {
  readonly movesData: boolean;
  readonly delivery: Destination["delivery"];
  /** Absent: all. */
  readonly triggers?: readonly TriggerType[];
  /** The default first. */
  readonly writeOperations: readonly string[];
  readonly settings: readonly DescribedMember[];
}

/** A member of a request; one within another is named with a point: `oAuthRequest.authCode`. */
export interface DescribedMember {
  readonly name: string;
  readonly required: boolean;
  readonly secret: boolean;
  /** The only values that there are. */
  readonly values?: readonly string[];
}

export function describeConnector(connector: Connector): DescribedConnector {
  const { type, key, label, docs, registered = false, source, destination, profile } = connector;
  return {
    type,
    key,
    label,
    docs,
    registered,
    ...(source !== undefined && { source: describeSource(source, key) }),
    ...(destination !== undefined && { destination: describeDestination(destination, key) }),
    ...(profile !== undefined && {
      profile: {
        auth: profile.auth,
        properties: membersOf(ConnectorProfileProperties, key),
        credentials: membersOf(ConnectorProfileCredentials, key),
      },
    }),
  };
}

function describeSource(source: Source, key: string): DescribedSource {
  return {
    movesData: source.read !== undefined,
    triggers: source.triggers,
    minimumMinutes: source.minimumMinutes,
    incremental: source.incremental !== undefined,
    parallel: source.split !== undefined,
    settings: membersOf(SourceConnectorProperties, key),
    operators: (ConnectorOperator.members.get(key)?.shape as StringShape | undefined)?.values ?? [],
  };
}

function describeDestination(destination: Destination, key: string): DescribedDestination {
  const { delivery, triggers, writeOperations = [] } = destination;
  return {
    movesData: destination.files !== undefined,
    delivery,
    ...(triggers !== undefined && { triggers }),
    writeOperations,
    settings: membersOf(DestinationConnectorProperties, key),
  };
}

function membersOf(union: StructureShape, key: string): readonly DescribedMember[] {
  const shape = union.members.get(key)?.shape;
  return shape?.kind === "structure" ? membersWithin(shape, "", true) : [];
}

/** A member of something optional is not required, whatever it is to the members beside it. */
function membersWithin(shape: StructureShape, path: string, isRequired: boolean): readonly DescribedMember[] {
  return [...shape.members].flatMap(([name, { shape: inner, required }]) => {
    const [place, needed] = [path + name, required && isRequired];
    return inner.kind === "structure" ? membersWithin(inner, `${place}.`, needed) : memberOf(place, inner, needed);
  });
}

function memberOf(name: string, shape: Shape, required: boolean): DescribedMember {
  const value = shape.kind === "map" ? shape.value : shape.kind === "list" ? shape.item : shape;
  const { secret, values }: Partial<StringShape> = value.kind === "string" ? value : {};
  return { name, required, secret: secret === true, ...(values !== undefined && { values }) };
}
