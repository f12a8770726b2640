/**
 * The actions that policies may name: the operations, what a flow needs to use a profile, and names that AWS's own
 * policies still have, for operations that are no more.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_appflow.html
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonAppFlowReadOnlyAccess.html
 */
export const POLICY_ACTIONS: readonly string[] = [
  "CancelFlowExecutions",
  "CreateConnectorProfile",
  "CreateFlow",
  "DeleteConnectorProfile",
  "DeleteFlow",
  "DescribeConnector",
  "DescribeConnectorEntity",
  "DescribeConnectorFields",
  "DescribeConnectorProfiles",
  "DescribeConnectors",
  "DescribeFlow",
  "DescribeFlowExecution",
  "DescribeFlowExecutionRecords",
  "DescribeFlows",
  "ListConnectorEntities",
  "ListConnectorFields",
  "ListConnectors",
  "ListFlows",
  "ListTagsForResource",
  "RegisterConnector",
  "ResetConnectorMetadataCache",
  "StartFlow",
  "StopFlow",
  "TagResource",
  "UnRegisterConnector",
  "UntagResource",
  "UpdateConnectorProfile",
  "UpdateConnectorRegistration",
  "UpdateFlow",
  "UseConnectorProfile",
];
