import { textsOf, withAdded } from "./added-connectors.ts";
import { boolean, integer, list, map, oneOf, secret, string, structure, union } from "./shape.ts";

/*
 * What the connectors add to the requests for connector profiles: where a system is, and what opens it. Names and limits
 * are those of the AppFlow API, version 2020-08-23
 * (https://docs.aws.amazon.com/appflow/1.0/APIReference/API_ConnectorProfileConfig.html). More of the credentials is
 * secret here than the service's model says: every part that is not a name.
 */

const NO_BLANKS = String.raw`\S+`;
const WEB_ADDRESS = String.raw`(https?)://[-a-zA-Z0-9+&@#/%?=~_|!:,.;]*[-a-zA-Z0-9+&@#/%=~_|]`;
const ROLE_ARN = "arn:[a-z-]+:iam:.*:[0-9]+:.*";

const InstanceUrl = string({ max: 256, pattern: NO_BLANKS });
const WebAddress = string({ max: 256, pattern: WEB_ADDRESS });
const BucketName = string({ min: 3, max: 63, pattern: NO_BLANKS });
const BucketPrefix = string({ max: 512, pattern: ".*" });
const Name = string({ max: 512, pattern: NO_BLANKS });
/** Terraform's provider sends an empty text for each of Redshift's members that is not set, and the service takes it. */
const NameOrNone = string({ max: 512, pattern: `$|${NO_BLANKS}` });
const PrivateLinkServiceName = string({ max: 512, pattern: String.raw`$|com.amazonaws.vpce.[\w/!:@#.\-]+` });
const PropertyName = string({ min: 1, max: 128, pattern: String.raw`[\w]+` });

const OnlyInstance = structure({ "instanceUrl!": InstanceUrl });

const AppFlowProperties = union({
  Amplitude: structure({}),
  Datadog: OnlyInstance,
  Dynatrace: OnlyInstance,
  GoogleAnalytics: structure({}),
  Honeycode: structure({}),
  InforNexus: OnlyInstance,
  Marketo: OnlyInstance,
  Redshift: structure({
    databaseUrl: NameOrNone,
    "bucketName!": BucketName,
    bucketPrefix: BucketPrefix,
    "roleArn!": string({ max: 512, pattern: ROLE_ARN }),
    dataApiRoleArn: string({ max: 512, pattern: `$|${ROLE_ARN}` }),
    isRedshiftServerless: boolean,
    clusterIdentifier: NameOrNone,
    workgroupName: NameOrNone,
    databaseName: NameOrNone,
  }),
  Salesforce: structure({
    instanceUrl: InstanceUrl,
    isSandboxEnvironment: boolean,
    usePrivateLinkForMetadataAndAuthorization: boolean,
  }),
  ServiceNow: OnlyInstance,
  Singular: structure({}),
  Slack: OnlyInstance,
  Snowflake: structure({
    "warehouse!": string({ max: 512, pattern: String.raw`[\s\w/!@#+=.-]*` }),
    "stage!": Name,
    "bucketName!": BucketName,
    bucketPrefix: BucketPrefix,
    privateLinkServiceName: PrivateLinkServiceName,
    accountName: Name,
    region: string({ max: 64, pattern: NO_BLANKS }),
  }),
  Trendmicro: structure({}),
  Veeva: OnlyInstance,
  Zendesk: OnlyInstance,
  SAPOData: structure({
    "applicationHostUrl!": WebAddress,
    "applicationServicePath!": Name,
    "portNumber!": integer(1, 65_535),
    "clientNumber!": string({ min: 3, max: 3, pattern: String.raw`\d{3}` }),
    logonLanguage: string({ max: 2, pattern: "[a-zA-Z0-9_]*" }),
    privateLinkServiceName: PrivateLinkServiceName,
    oAuthProperties: structure({
      "tokenUrl!": WebAddress,
      "authCodeUrl!": WebAddress,
      "oAuthScopes!": list(string({ max: 128, pattern: NO_BLANKS })),
    }),
    disableSSO: boolean,
  }),
  CustomConnector: structure({
    profileProperties: map(PropertyName, string({ max: 2048, pattern: NO_BLANKS }), 50),
    oAuth2Properties: structure({
      "tokenUrl!": WebAddress,
      "oAuth2GrantType!": oneOf("CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "JWT_BEARER"),
      tokenUrlCustomProperties: map(PropertyName, string({ max: 2048, pattern: NO_BLANKS }), 50),
    }),
  }),
  Pardot: structure({
    instanceUrl: InstanceUrl,
    isSandboxEnvironment: boolean,
    businessUnitId: string({ max: 18, pattern: NO_BLANKS }),
  }),
});

export const ConnectorProfileProperties = withAdded(AppFlowProperties, (added) => textsOf(added, "properties"));

const ShortKey = secret({ max: 256, pattern: NO_BLANKS });
const LongKey = secret({ max: 512, pattern: NO_BLANKS });
const AccessToken = secret({ max: 4096, pattern: NO_BLANKS });
const RefreshToken = secret({ max: 4096, pattern: NO_BLANKS });
const Password = secret({ max: 512, pattern: ".*" });
const ClientCredentialsArn = string({ min: 20, max: 2048, pattern: "arn:[a-z-]+:secretsmanager:.*:[0-9]+:.*" });

const OAuthRequest = structure({
  authCode: secret({ max: 4096, pattern: NO_BLANKS }),
  redirectUri: Name,
  codeVerifier: secret({ min: 43, max: 128, pattern: String.raw`[A-Za-z0-9\-._~]+` }),
});

const OAuthTokens = { accessToken: AccessToken, refreshToken: RefreshToken, oAuthRequest: OAuthRequest };
const OAuthClient = { "clientId!": Name, "clientSecret!": LongKey };
const OptionalOAuthClient = { clientId: Name, clientSecret: LongKey };
const UserAndPassword = structure({ "username!": Name, "password!": Password });

/** Marketo, Slack and Zendesk: their tokens are not refreshed, so far as AppFlow goes. */
const ClientWithAccessToken = structure({ ...OAuthClient, accessToken: AccessToken, oAuthRequest: OAuthRequest });

const AppFlowCredentials = union({
  Amplitude: structure({ "apiKey!": ShortKey, "secretKey!": ShortKey }),
  Datadog: structure({ "apiKey!": ShortKey, "applicationKey!": LongKey }),
  Dynatrace: structure({ "apiToken!": ShortKey }),
  GoogleAnalytics: structure({ ...OAuthClient, ...OAuthTokens }),
  Honeycode: structure(OAuthTokens),
  InforNexus: structure({
    "accessKeyId!": ShortKey,
    "userId!": Name,
    "secretAccessKey!": LongKey,
    "datakey!": LongKey,
  }),
  Marketo: ClientWithAccessToken,
  Redshift: structure({ username: string({ max: 2048, pattern: ".*" }), password: Password }),
  Salesforce: structure({
    ...OAuthTokens,
    clientCredentialsArn: ClientCredentialsArn,
    oAuth2GrantType: oneOf("CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "JWT_BEARER"),
    jwtToken: secret({
      max: 8000,
      pattern: String.raw`([a-zA-Z0-9_=]+)\.([a-zA-Z0-9_=]+)\.([a-zA-Z0-9_\-\+\/=]*)`,
    }),
  }),
  ServiceNow: structure({
    username: Name,
    password: Password,
    oAuth2Credentials: structure({ ...OptionalOAuthClient, ...OAuthTokens }),
  }),
  Singular: structure({ "apiKey!": ShortKey }),
  Slack: ClientWithAccessToken,
  Snowflake: structure({
    "username!": Name,
    password: Password,
    // A PEM file has line ends, and the service's `.*` lets them through.
    privateKey: secret({ min: 1, max: 8192, pattern: String.raw`[\s\S]*` }),
  }),
  Trendmicro: structure({ "apiSecretKey!": ShortKey }),
  Veeva: UserAndPassword,
  Zendesk: ClientWithAccessToken,
  SAPOData: structure({
    basicAuthCredentials: UserAndPassword,
    oAuthCredentials: structure({ ...OAuthClient, ...OAuthTokens }),
  }),
  CustomConnector: structure({
    "authenticationType!": oneOf("OAUTH2", "APIKEY", "BASIC", "CUSTOM"),
    basic: UserAndPassword,
    oauth2: structure({ ...OptionalOAuthClient, ...OAuthTokens }),
    apiKey: structure({ "apiKey!": ShortKey, apiSecretKey: ShortKey }),
    custom: structure({
      "customAuthenticationType!": string({ max: 256, pattern: NO_BLANKS }),
      credentialsMap: map(PropertyName, secret({ max: 2048, pattern: NO_BLANKS }), 50),
    }),
  }),
  Pardot: structure({ ...OAuthTokens, clientCredentialsArn: ClientCredentialsArn }),
});

export const ConnectorProfileCredentials = withAdded(AppFlowCredentials, (added) => textsOf(added, "credentials"));
