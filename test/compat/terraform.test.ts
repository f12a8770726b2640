import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { type ServedApp, serveApp } from "../support/appflow-client.ts";
import { versionOf } from "../support/find-program.ts";
import { FULL_KEY } from "../support/test-app.ts";

/*
 * Terraform with the AWS provider. The provider is found as Terraform finds it: where it is in none of Terraform's own
 * places, TF_CLI_ARGS_init="-plugin-dir=DIR" names one.
 */

interface Finished {
  readonly code: number;
  readonly output: string;
}

describe.skipIf(versionOf("terraform", ["version"]) === undefined)("Terraform", () => {
  let folder: string;
  let served: ServedApp;
  let initialised: Finished;

  const terraform = (...args: readonly string[]) =>
    new Promise<Finished>((resolve) => {
      const env = { ...process.env, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1", AWS_MAX_ATTEMPTS: "1" };
      execFile("terraform", [...args, "-no-color"], { cwd: folder, env }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
      });
    });
  const write = (resources: string) => writeFile(join(folder, "main.tf"), settings(served.server.url) + resources);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-terraform-"));
    served = await serveApp({ connectors });
    await write("");
    initialised = await terraform("init");
  }, 120_000);

  afterAll(async () => {
    await served.close();
    await rm(folder, { recursive: true });
  });

  it("applies, sees no drift, changes, and destroys", LONG, async ({ skip }) => {
    skip(initialised.code !== 0, `terraform init found no AWS provider: ${initialised.output.slice(-300)}`);
    await write(resources({ rate: "rate(3hours)", pull: "Incremental", team: "data" }));
    const applied = await terraform("apply", "-auto-approve");
    expect(applied.output).toContain("Apply complete!");
    expect((await terraform("plan")).output).toContain("No changes.");

    await write(resources({ rate: "rate(6hours)", pull: "Complete", team: "sales" }));
    expect((await terraform("plan")).output).toContain("0 to add, 2 to change, 0 to destroy");
    const changed = await terraform("apply", "-auto-approve");
    expect(changed.output).toContain("0 added, 2 changed, 0 destroyed");
    expect((await terraform("plan")).output).toContain("No changes.");
    expect((await served.app.ports.flows.get("typed"))!.tags).toEqual({ team: "sales" });

    const destroyed = await terraform("destroy", "-auto-approve");
    expect(destroyed.output).toContain("Destroy complete!");
    expect(await served.app.ports.flows.list(10)).toEqual([]);
  });

  it("applies profiles and a flow through one, sees no drift, changes, and destroys", LONG, async ({ skip }) => {
    skip(initialised.code !== 0, `terraform init found no AWS provider: ${initialised.output.slice(-300)}`);
    const { profiles, vault } = served.app.ports;
    await write(profileResources({ prefix: "staging", password: "first-password" }));
    const applied = await terraform("apply", "-auto-approve");
    expect(applied.output).toContain("Apply complete! Resources: 3 added");
    expect((await terraform("plan")).output).toContain("No changes.");
    const first = (await profiles.get("warehouse"))!;

    await write(profileResources({ prefix: "updated", password: "second-password" }));
    expect((await terraform("plan")).output).toContain("0 to add, 1 to change, 0 to destroy");
    const changed = await terraform("apply", "-auto-approve");
    expect(changed.output).toContain("0 added, 1 changed, 0 destroyed");
    expect((await terraform("plan")).output).toContain("No changes.");
    const second = (await profiles.get("warehouse"))!;
    expect([second.arn, second.createdAt]).toEqual([first.arn, first.createdAt]);
    expect(second.properties).toMatchObject({ Redshift: { bucketPrefix: "updated" } });
    expect((await vault.read(second.credentialsArn))!.credentials).toMatchObject({ password: "second-password" });

    const destroyed = await terraform("destroy", "-auto-approve");
    expect(destroyed.output).toContain("Destroy complete! Resources: 3 destroyed");
    expect(await profiles.list(10, {})).toEqual([]);
    expect(await vault.read(second.credentialsArn)).toBeUndefined();
  });
});

const LONG = { timeout: 240_000 };

function settings(endpoint: string): string {
  return `
    terraform {
      required_providers {
        aws = { source = "hashicorp/aws" }
      }
    }
    provider "aws" {
      region                      = "eu-west-1"
      access_key                  = "${FULL_KEY.id}"
      secret_key                  = "${FULL_KEY.secret.reveal()}"
      skip_credentials_validation = true
      skip_requesting_account_id  = true
      skip_metadata_api_check     = true
      endpoints { appflow = "${endpoint}" }
    }
  `;
}

interface Variant {
  readonly rate: string;
  readonly pull: string;
  readonly team: string;
}

/**
 * Beside a Map_all task the provider forgets all others, whatever the API gives back: so each has a flow of its own.
 * What Terraform's own acceptance tests for these resources make, in our words: types, Map_all, every schedule member.
 */
function resources({ rate, pull, team }: Variant): string {
  return `
    resource "aws_appflow_flow" "typed" {
      name = "typed"
      ${source("S3", 's3 {\n bucket_name = "src-bkt"\n bucket_prefix = "flow"\n }')}
      destination_flow_config {
        connector_type = "S3"
        destination_connector_properties {
          s3 {
            bucket_name = "dst-bkt"
            s3_output_format_config {
              file_type                   = "PARQUET"
              preserve_source_data_typing = true
              prefix_config {
                prefix_type = "PATH"
              }
              aggregation_config {
                aggregation_type = "None"
              }
            }
          }
        }
      }
      task {
        source_fields     = ["a"]
        destination_field = "a"
        task_type         = "Map"
        task_properties   = { SOURCE_DATA_TYPE = "CSV", DESTINATION_DATA_TYPE = "CSV" }
        connector_operator {
          s3 = "NO_OP"
        }
      }
      task {
        source_fields   = ["a"]
        task_type       = "Mask"
        task_properties = { MASK_LENGTH = "5", MASK_VALUE = "*" }
        connector_operator {
          s3 = "MASK_ALL"
        }
      }
      trigger_config {
        trigger_type = "Scheduled"
        trigger_properties {
          scheduled {
            data_pull_mode      = "${pull}"
            schedule_expression = "${rate}"
            schedule_start_time = "2030-01-01T00:00:00Z"
            schedule_offset     = 600
            first_execution_from = "2023-01-01T00:00:00Z"
            timezone            = "America/New_York"
          }
        }
      }
      tags = { team = "${team}" }
    }
    resource "aws_appflow_flow" "everything" {
      name        = "everything"
      description = "for ${team}"
      ${source("S3", 's3 {\n bucket_name = "src-bkt"\n bucket_prefix = "all"\n s3_input_format_config {\n s3_input_file_type = "JSON"\n }\n }')}
      destination_flow_config {
        connector_type = "S3"
        destination_connector_properties {
          s3 {
            bucket_name   = "dst-bkt"
            bucket_prefix = "all"
            s3_output_format_config {
              prefix_config {}
            }
          }
        }
      }
      task {
        task_type       = "Map_all"
        task_properties = {}
        connector_operator {
          s3 = "NO_OP"
        }
      }
      trigger_config {
        trigger_type = "OnDemand"
      }
    }
  `;
}

/** A profile as Terraform's own acceptance tests make it, and one with tokens, through which a flow reads. */
function profileResources({ prefix, password }: { readonly prefix: string; readonly password: string }): string {
  return `
    resource "aws_appflow_connector_profile" "warehouse" {
      name            = "warehouse"
      connector_type  = "Redshift"
      connection_mode = "Public"
      connector_profile_config {
        connector_profile_credentials {
          redshift {
            username = "loader"
            password = "${password}"
          }
        }
        connector_profile_properties {
          redshift {
            bucket_name   = "stage-bkt"
            bucket_prefix = "${prefix}"
            database_url  = "jdbc:redshift://rs.example:5439/dev"
            role_arn      = "arn:aws:iam::111122223333:role/rs-read"
          }
        }
      }
    }
    resource "aws_appflow_connector_profile" "crm" {
      name            = "crm"
      connector_type  = "Salesforce"
      connection_mode = "Public"
      connector_profile_config {
        connector_profile_credentials {
          salesforce {
            access_token  = "at"
            refresh_token = "rt"
          }
        }
        connector_profile_properties {
          salesforce {
            instance_url           = "https://example.my.salesforce.com"
            is_sandbox_environment = false
          }
        }
      }
    }
    resource "aws_appflow_flow" "accounts" {
      name = "accounts"
      source_flow_config {
        connector_type         = "Salesforce"
        connector_profile_name = aws_appflow_connector_profile.crm.name
        source_connector_properties {
          salesforce {
            object = "Account"
          }
        }
      }
      destination_flow_config {
        connector_type         = "Redshift"
        connector_profile_name = aws_appflow_connector_profile.warehouse.name
        destination_connector_properties {
          redshift {
            object                   = "public.accounts"
            intermediate_bucket_name = "stage-bkt"
          }
        }
      }
      task {
        source_fields   = ["Id"]
        task_type       = "Filter"
        task_properties = {}
        connector_operator {
          salesforce = "PROJECTION"
        }
      }
      task {
        source_fields     = ["Id"]
        destination_field = "id"
        task_type         = "Map"
        task_properties   = {}
        connector_operator {
          salesforce = "NO_OP"
        }
      }
      trigger_config {
        trigger_type = "OnDemand"
      }
    }
  `;
}

function source(type: string, properties: string): string {
  return `
      source_flow_config {
        connector_type = "${type}"
        source_connector_properties {
          ${properties}
        }
      }
  `;
}
