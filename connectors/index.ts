import type { Connector } from "#sdk";
import amplitude from "./amplitude/index.ts";
import customConnector from "./customconnector/index.ts";
import customerProfiles from "./customerprofiles/index.ts";
import datadog from "./datadog/index.ts";
import dynatrace from "./dynatrace/index.ts";
import eventBridge from "./eventbridge/index.ts";
import googleAnalytics from "./googleanalytics/index.ts";
import honeycode from "./honeycode/index.ts";
import inforNexus from "./infornexus/index.ts";
import lookoutMetrics from "./lookoutmetrics/index.ts";
import marketo from "./marketo/index.ts";
import pardot from "./pardot/index.ts";
import redshift from "./redshift/index.ts";
import s3 from "./s3/index.ts";
import salesforce from "./salesforce/index.ts";
import sapOData from "./sapodata/index.ts";
import serviceNow from "./servicenow/index.ts";
import singular from "./singular/index.ts";
import slack from "./slack/index.ts";
import snowflake from "./snowflake/index.ts";
import trendmicro from "./trendmicro/index.ts";
import upsolver from "./upsolver/index.ts";
import veeva from "./veeva/index.ts";
import zendesk from "./zendesk/index.ts";

/** The catalogue: every connector that there is. A test keeps it complete. */
export const connectors: readonly Connector[] = [
  amplitude,
  customConnector,
  customerProfiles,
  datadog,
  dynatrace,
  eventBridge,
  googleAnalytics,
  honeycode,
  inforNexus,
  lookoutMetrics,
  marketo,
  pardot,
  redshift,
  s3,
  salesforce,
  sapOData,
  serviceNow,
  singular,
  slack,
  snowflake,
  trendmicro,
  upsolver,
  veeva,
  zendesk,
];
