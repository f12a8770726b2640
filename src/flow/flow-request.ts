/**
 * The body of CreateFlow as the parser takes it: canonical spelling, every member of its JSON type. A required member may
 * be missing and a word may be unknown; whoever checked the shape has reported that, and the parser passes over it.
 */
export interface FlowRequest {
  readonly flowName?: string;
  readonly triggerConfig?: {
    readonly triggerType?: string;
    readonly triggerProperties?: { readonly Scheduled?: ScheduleRequest };
  };
  readonly sourceFlowConfig?: SourceRequest;
  readonly destinationFlowConfigList?: readonly DestinationRequest[];
  readonly tasks?: readonly TaskRequest[];
  readonly metadataCatalogConfig?: object;
}

/** Times in seconds since 1970. */
export interface ScheduleRequest {
  readonly scheduleExpression?: string;
  readonly scheduleStartTime?: number;
  readonly scheduleEndTime?: number;
  readonly dataPullMode?: string;
  /** In seconds. */
  readonly scheduleOffset?: number;
  readonly firstExecutionFrom?: number;
  readonly flowErrorDeactivationThreshold?: number;
}

interface EndpointRequest {
  readonly connectorType?: string;
  readonly connectorProfileName?: string;
}

export interface SourceRequest extends EndpointRequest {
  readonly sourceConnectorProperties?: ConnectorUnion;
  readonly incrementalPullConfig?: { readonly datetimeTypeFieldName?: string };
}

export interface DestinationRequest extends EndpointRequest {
  readonly destinationConnectorProperties?: ConnectorUnion;
}

/** The settings of a connector, under the connector's key. They came as JSON, so they are JSON. */
export type ConnectorUnion = { readonly [key: string]: object | undefined };

export interface TaskRequest {
  readonly taskType?: string;
  readonly sourceFields?: readonly string[];
  readonly connectorOperator?: { readonly [key: string]: string | undefined };
  readonly destinationField?: string;
  readonly taskProperties?: { readonly [key: string]: string | undefined };
}
