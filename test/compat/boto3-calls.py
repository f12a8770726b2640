"""Calls the service at argv[1] with boto3 and prints what came back, as JSON."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, key_id, secret, flow = sys.argv[1:]


def client_with(secret):
    return boto3.client(
        "appflow",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


client = client_with(secret)


def error_of(call, **arguments):
    try:
        call(**arguments)
        return None
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


body = json.loads(flow)
names = [f"{body['flowName']}-{number}" for number in range(3)]
created = [client.create_flow(**{**body, "flowName": name})["flowStatus"] for name in names]
first = client.list_flows(maxResults=2)
second = client.list_flows(maxResults=2, nextToken=first["nextToken"])
started = client.start_flow(flowName=names[0])
described = client.describe_flow(flowName=names[0])
# As Airflow's operators do it before they send a flow back.
del described["triggerConfig"]["triggerProperties"]
records = client.describe_flow_execution_records(flowName=names[0])["flowExecutions"]
failures = {
    "missing": error_of(client.describe_flow, flowName="nothing"),
    "taken": error_of(client.create_flow, **{**body, "flowName": names[0]}),
    "busy": error_of(client.start_flow, flowName=names[0]),
    "invalid": error_of(client.create_flow, **{**body, "flowName": "empty", "tasks": []}),
    "wrong secret": error_of(client_with("wrong").list_flows),
    "tags": error_of(client.list_tags_for_resource, resourceArn=started["flowArn"]),
    "untag": error_of(client.untag_resource, resourceArn=started["flowArn"], tagKeys=["a b", "c"]),
}
for name in names:
    client.delete_flow(flowName=name, forceDelete=True)

print(
    json.dumps(
        {
            "created": created,
            "listed": [[flow["flowName"] for flow in page["flows"]] for page in (first, second)],
            "left": client.list_flows()["flows"],
            "run": started["executionId"],
            "records": [[record["executionId"], record["executionStatus"]] for record in records],
            "last": described["lastRunExecutionDetails"]["mostRecentExecutionStatus"],
            "late": described["lastRunExecutionDetails"]["mostRecentExecutionTime"] < described["createdAt"],
            "tasks": described["tasks"],
            "failures": failures,
        }
    )
)
