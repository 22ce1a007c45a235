/**
 * Patterns of texts that hold secrets: tokens of issuers, and the places where programs print passwords and keys.
 *
 * @module
 */

const ISSUERS = `A3-{{upper:6}}-{{upper:11}}-{{upper:5}}-{{upper:5}}-{{upper:5}}
ops_eyJ{{alnum:300}}
ADAFRUIT_IO_KEY=aio_{{alnum:28}}
adobe_client_secret = "p8e-{{alnum:32}}"
found AGE-SECRET-KEY-1QPZRY{{base32:53}} in the file
airtable: pat{{alnum:14}}.{{hex:64}}
algolia_api_key: "{{hex:32}}"
alibaba key LTAI{{alnum:20}}
ALIBABA_CLOUD_ACCESS_KEY_SECRET={{alnum:30}}
x-api-key: sk-ant-api03-{{url:93}}AA
using sk-ant-admin01-{{url:93}}AA
artifactory AKCp{{alnum:69}}
ASANA_CLIENT_SECRET='{{lower:32}}'
jira token ATATT3{{alnum:186}}
aws_secret_access_key = {{base64:40}}
AKIA{{base32:16}} is not authorized to perform sts:AssumeRole
"accessKeyId":"ASIA{{base32:16}}"
AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjE{{base64:200}}
client_secret={{alnum:3}}8Q~{{alnum:34}}
bitbucket_client_secret: {{url:64}}
cloudflare_api_token = "{{url:40}}"
CLOUDFLARE_API_KEY={{hex:37}}
v1.0-{{hex:24}}-{{hex:146}}
CODECOV_TOKEN={{uuid}}
COINBASE_API_SECRET={{lower:64}}
databricks: dapi{{hex:32}}
DD_API_KEY={{hex:32}}
datadog_app_key: {{hex:40}}
token dop_v1_{{hex:64}} was revoked
DISCORD_BOT_TOKEN=MTA{{alnum:21}}.G{{alnum:5}}.{{url:38}}
discord https://discord.com/api/webhooks/1087654321098765432/{{url:68}}
dp.pt.{{alnum:43}}
dropbox sl.{{url:135}}
dt0c01.{{upper:24}}.{{upper:64}}
easypost EZAK{{alnum:54}}
EAAM{{alnum:120}} expired
FASTLY_API_TOKEN={{url:32}}
figma figd_{{url:40}}
FLWSECK_TEST-{{hex:32}}-X
fly.io FlyV1 fm2_{{base64:120}}
fio-u-{{url:64}}
google: AIza{{url:35}}
ya29.{{url:120}}
GOCSPX-{{url:28}}
git push https://x-access-token:ghs_{{alnum:36}}@github.com/acme/app.git
github_pat_{{alnum:22}}_{{alnum:59}}
Bad credentials: gho_{{alnum:36}}
glpat-{{url:20}}
glrt-{{url:20}}
gldt-{{url:20}}
GR1348941{{url:20}}
grafana glsa_{{alnum:32}}_{{hex:8}}
glc_{{base64:100}}
GROQ gsk_{{alnum:52}}
pat.{{url:22}}.{{alnum:24}}.{{alnum:20}}
terraform {{alnum:14}}.atlasv1.{{url:64}}
HEROKU_API_KEY={{uuid}}
HRKU-AA{{url:58}}
hf_{{alnum:34}}
hubspot pat-na1-{{uuid}}
INFURA https://mainnet.infura.io/v3/{{hex:32}}
JFROG_IDENTITY_TOKEN=cmVmd{{alnum:59}}
lin_api_{{alnum:40}}
LINEAR lin_oauth_{{hex:64}}
mailchimp {{hex:32}}-us14
mailgun key-{{hex:32}}
mapbox sk.eyJ1Ijoi{{alnum:60}}.{{alnum:22}}
maxmind {{alnum:6}}_{{alnum:29}}_mmk
https://acme.webhook.office.com/webhookb2/{{uuid}}@{{uuid}}/IncomingWebhook/{{hex:32}}/{{uuid}}
NETLIFY_AUTH_TOKEN=nfp_{{alnum:36}}
NRAK-{{upper:27}}
NRJS-{{hex:19}}
NEW_RELIC_LICENSE_KEY={{hex:36}}NRAL
ntn_{{digits:11}}{{alnum:35}}
notion secret_{{alnum:43}}
//npm.acme.io/:_authToken=npm_{{alnum:36}}
//npm.pkg.github.com/:_authToken={{uuid}}
nuget oy2{{lower:43}}
octopus API-{{upper:26}}
OKTA_API_TOKEN=00{{url:40}}
sk-proj-{{url:74}}T3BlbkFJ{{url:74}}
Incorrect API key provided: sk-{{alnum:48}}.
oc login --token=sha256~{{url:43}}
pplx-{{alnum:48}}
access-production-{{uuid}}
pscale_pw_{{url:43}}
PMAK-{{hex:24}}-{{hex:34}}
posthog phx_{{alnum:43}}
pnu_{{alnum:36}}
pul-{{hex:40}}
pypi-AgEIcHlwaS5vcmc{{url:150}}
razorpay rzp_live_Ab1Cd2Ef3Gh4Ij secret {{alnum:24}}
rdme_{{lower:70}}
re_{{alnum:8}}_{{alnum:24}} (resend)
rubygems_{{hex:48}}
SG.{{url:22}}.{{url:43}}
xkeysib-{{hex:64}}-{{alnum:16}}
sntryu_{{hex:64}}
https://0123456789abcdef0123456789abcdef:{{hex:32}}@o123.ingest.sentry.io/45
shippo_live_{{hex:40}}
shpat_{{hex:32}}
xoxb-{{digits:12}}-{{digits:12}}-{{alnum:24}}
xapp-1-A{{upper:10}}-{{digits:13}}-{{hex:64}}
https://hooks.slack.com/services/T{{upper:10}}/B{{upper:10}}/{{alnum:24}}
snyk token: {{uuid}}
SNYK_TOKEN={{uuid}}
sonar.login=squ_{{hex:40}}
sgp_{{hex:40}}
square sq0atp-{{url:22}}
EAAA{{url:60}}
sk_live_{{alnum:99}}
rk_test_{{alnum:24}}
whsec_{{base64:32}}
supabase sbp_{{hex:40}}
tskey-auth-{{alnum:16}}-{{alnum:32}}
https://api.telegram.org/bot{{digits:10}}:AA{{url:33}}/getMe
twilio SK{{hex:32}}
TWILIO_AUTH_TOKEN={{hex:32}}
TWITTER_BEARER=AAAAAAAAAAAAAAAAAAAAA{{alnum:90}}
tfp_{{alnum:44}}_{{alnum:14}}
hvs.{{url:95}}
vault token s.{{alnum:24}}
VERCEL_TOKEN={{alnum:24}}
AQVN{{url:36}}
zendesk_secret_key = {{lower:40}}
django-insecure-{{lower:50}}
docker login -p dckr_pat_{{url:27}}
CRATES_TOKEN=cio{{alnum:32}}
doppler dp.st.prd.{{alnum:40}}
xai-{{alnum:80}}
r8_{{alnum:37}}
bkua_{{hex:40}}
CIRCLE_TOKEN=CCIPAT_{{alnum:22}}_{{hex:40}}
atlas PRIVATE_KEY={{uuid}}`

const PLACES = String.raw`Server=tcp:db1.acme.io,1433;Database=shop;uid=sa;pw={{pass:12}};Encrypt=true
Server=sql.acme.io;User Id=app;Password={{pass:14}};
Data Source=ora1;User ID=scott;Pwd='{{pass:12}}'
jdbc:postgresql://db.acme.io/shop?user=app&password={{alnum:14}}
jdbc:oracle:thin:scott/{{alnum:12}}@db.acme.io:1521/orcl
jdbc:sqlserver://db.acme.io:1433;user=sa;password={{alnum:14}};
host=db.acme.io port=5432 user=app password={{alnum:12}} dbname=shop
postgres://app:{{alnum:12}}@db.acme.io:5432/shop?sslmode=require
mongodb+srv://app:{{alnum:16}}@cluster0.ab1cd.mongodb.net/test
amqps://svc:{{pass:12}}@mq.acme.io/vhost
redis://default:{{alnum:20}}@cache.acme.io:6379
rediss://:{{alnum:20}}@cache.acme.io:6379/0
smtp://mailer:{{alnum:14}}@mail.acme.io:587
bob:{{alnum:12}}@tcp(db.acme.io:3306)/shop?parseTime=true
root:{{alnum:12}}@unix(/var/run/mysqld/mysqld.sock)/shop
DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={{base64:86}}==;EndpointSuffix=core.windows.net
Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={{base64:43}}=
https://acme.blob.core.windows.net/c/b.txt?sv=2022-11-02&ss=b&srt=o&sp=r&se=2030-01-01&sig={{alnum:43}}%3D
https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={{hex:64}}
https://storage.googleapis.com/b/o?GoogleAccessId=a@b.iam&Expires=1&Signature={{alnum:80}}%3D%3D
mysql -u root -p{{alnum:12}} shop
mysqldump --user=root --password={{alnum:12}} shop
psql failed: PGPASSWORD={{alnum:12}} psql -h db.acme.io
db.acme.io:5432:shop:app:{{alnum:14}}
*:*:*:postgres:{{alnum:14}}
machine api.acme.io login bob password {{alnum:14}}
curl -u bob:{{alnum:12}} https://api.acme.io/v1
curl --user "bob:{{pass:12}}" https://api.acme.io/v1
curl -H "Authorization: Bearer {{alnum:32}}" https://api.acme.io
curl -H 'X-Api-Key: {{lower:24}}' https://api.acme.io
wget --http-password={{alnum:12}} https://files.acme.io/x
sshpass -p {{alnum:12}} ssh root@10.0.0.1
sshpass -p '{{pass:12}}' scp a b:
net use \\srv\share {{alnum:12}} /user:acme\bob
net use Z: \\srv\share /user:bob {{alnum:12}}
docker login -u bob -p {{alnum:14}} registry.acme.io
docker run -e POSTGRES_PASSWORD={{alnum:12}} postgres:16
helm install x --set auth.password={{alnum:12}}
kubectl create secret generic db --from-literal=password={{alnum:12}}
echo {{alnum:14}} | docker login --password-stdin
openssl rsa -in k.pem -passin pass:{{alnum:12}}
redis-cli -a {{alnum:16}} ping
ldapsearch -D cn=admin -w {{alnum:12}} -b dc=acme
htpasswd -bc f bob {{alnum:12}}
az login --service-principal -u app -p {{alnum:34}} --tenant t
java -Dspring.datasource.password={{alnum:14}} -jar app.jar
java -Djavax.net.ssl.keyStorePassword={{alnum:12}} App
export API_KEY="{{alnum:24}}"
set DB_PASS={{alnum:12}}
$env:API_SECRET = "{{alnum:20}}"
ENV SECRET_KEY_BASE={{hex:128}}
SECRET_KEY = '{{pass:50}}'
"password": "{{pass:14}}"
'passwd': '{{alnum:10}}'
password: {{alnum:12}}
  password: "{{pass:12}}" # rotate
password: !vault {{alnum:20}}
{"password":{"value":"{{alnum:12}}"}}
{"secret":["{{alnum:20}}"]}
{"user":"bob","pwd":"{{alnum:10}}","remember":true}
{\"client_secret\":\"{{alnum:24}}\"}
{'api_key': '{{hex:32}}', 'n': 1}
{ apiKey: '{{alnum:24}}', region: 'eu' }
auth: { username: 'bob', password: '{{alnum:12}}' }
- name: DB_PASSWORD\n  value: {{alnum:14}}
name=password value={{alnum:12}}
<input type="password" name="pw" value="{{alnum:12}}">
<password>{{alnum:12}}</password>
<add key="Password" value="{{pass:14}}" />
<add key="ClearTextPassword" value="{{alnum:14}}" />
<property name="connection.password">{{alnum:12}}</property>
<servers><server><username>bob</username><password>{{alnum:14}}</password></server></servers>
config.password = {{alnum:12}}
client.setPassword('{{alnum:12}}')
login("bob", "{{alnum:12}}")
new Client({ token: "{{alnum:30}}" })
authenticate('bob', '{{alnum:12}}')
API key provided: {{alnum:32}}.
Invalid token: {{alnum:40}}
the password was {{alnum:12}}, which is wrong
Access denied for password "{{alnum:12}}"
generated admin password: {{alnum:16}}
Your temporary password is {{alnum:12}}
Authorization: Basic {{basic}}
Authorization: Bearer {{url:43}}
authorization: token {{hex:40}}
Proxy-Authorization: Basic {{basic}}
Authorization: Digest username="bob", realm="r", nonce="n", uri="/", response="{{hex:32}}"
Authorization: AWS4-HMAC-SHA256 Credential=AKIA{{base32:16}}/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature={{hex:64}}
X-Auth-Token: {{alnum:32}}
X-Api-Key: {{hex:32}}
Private-Token: {{alnum:20}}
x-amz-security-token: {{base64:120}}
Cookie: sid={{alnum:32}}; theme=dark
Set-Cookie: connect.sid=s%3A{{url:32}}.{{alnum:43}}; Path=/; HttpOnly
Set-Cookie: JSESSIONID={{HEX:32}}; Path=/
_gitlab_session={{hex:32}}
GET /callback?code={{alnum:40}}&state=xyz
https://app.acme.io/cb?error=0&code=4/0A{{url:60}}&scope=email
https://app.acme.io/#access_token={{alnum:40}}&token_type=bearer
https://api.acme.io/v1?api_key={{alnum:24}}&q=1
https://maps.acme.io/js?key={{alnum:39}}
POST /token grant_type=password&username=bob&password={{alnum:12}}
refresh_token={{url:64}}&grant_type=refresh_token
client_id=abc&client_secret={{alnum:32}}
https://acme.io/reset?token={{hex:40}}
https://bob:{{alnum:12}}@git.acme.io/x.git
fatal: Authentication failed for 'https://oauth2:{{alnum:20}}@gitlab.acme.io/a/b.git/'
{"auths":{"https://index.docker.io/v1/":{"auth":"{{basic}}"}}}
_auth={{basic}}
//npm.acme.io/:_password={{base64:24}}
registry-auth-token={{alnum:36}}
api_key={{hex:10}}
api_key: "{{lower:10}}"
client_secret = "{{base32:20}}"
password="{{lower:10}}"
auth_token='{{base32:10}}'
private_key: {{hex:64}}
OTP_SECRET={{base32:32}}
otpauth://totp/Acme:bob?secret={{base32:32}}&issuer=Acme
totp_secret: "{{base32:16}}"
webhook_secret: {{alnum:20}}
JWT_SECRET={{alnum:32}}
session_secret: '{{alnum:24}}'
encryption_key = {{hex:32}}
signing-key: {{base64:43}}=
Jwt:Key={{alnum:40}}
jwt eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIx{{url:40}}.{{url:43}}
+  "apiSecret": "{{alnum:20}}",
-     "token": "{{alnum:36}}"
    Received: "Bearer {{alnum:36}}"
expected 'password={{alnum:12}}' to be undefined
[db] connecting with { user: 'app', password: '{{alnum:14}}' }
time=1 level=info msg="login" password={{alnum:12}} user=bob
DEBUG (auth): passphrase => {{alnum:16}}
PASSPHRASE={{alnum:16}}
ssh-add: passphrase for k: {{alnum:16}}
CREATE USER app WITH PASSWORD '{{alnum:12}}'
ALTER USER 'root'@'localhost' IDENTIFIED BY '{{alnum:12}}';
GRANT ALL ON *.* TO 'x'@'%' IDENTIFIED BY "{{alnum:12}}"
SET PASSWORD FOR bob = PASSWORD('{{alnum:12}}')
requirepass {{alnum:24}}
masterauth {{alnum:24}}
wpa_passphrase={{alnum:12}}
psk="{{alnum:16}}"
network: ssid acme, wifi password {{alnum:12}}
snmp community string: {{alnum:12}}
ANSIBLE_BECOME_PASS={{alnum:12}}
ansible_ssh_pass: {{alnum:12}}
sudo_password={{alnum:12}}
TF_VAR_db_password={{alnum:14}}
administrator_login_password = "{{alnum:14}}"
master_password  = "{{alnum:14}}"
pgpassword: {{alnum:12}}
define('DB_PASSWORD', '{{alnum:14}}');
define('AUTH_KEY', '{{pass:64}}');
$config['password'] = '{{alnum:12}}';
'password' => '{{alnum:12}}',
:password => "{{alnum:12}}"
password := "{{alnum:12}}"
const apiToken = '{{alnum:32}}'
let secret: string = "{{alnum:20}}"
String password = "{{alnum:12}}";
private static final String API_KEY = "{{hex:32}}";
os.environ["API_KEY"] = "{{alnum:24}}"
process.env.SECRET_TOKEN = '{{alnum:24}}'
spring.datasource.password={{alnum:12}}
db.password = {{pass:12}}
mail.smtp.pass: {{alnum:12}}
ftp://bob:{{alnum:12}}@ftp.acme.io/pub
sftp bob:{{alnum:12}}@10.1.2.3
smb://acme;bob:{{alnum:12}}@srv/share
ghp_{{alnum:20}}\n{{alnum:16}}
gh\np_{{alnum:36}}
sk_li\nve_{{alnum:24}}
prefixAKIA{{base32:16}}
tokenghp_{{alnum:36}}
glpat-{{url:10}}\n  {{url:10}}
password%3D{{alnum:14}}%26user%3Dbob
&quot;password&quot;:&quot;{{alnum:12}}&quot;
\u0022api_key\u0022:\u0022{{alnum:24}}\u0022
{"kty":"RSA","n":"AQAB","e":"AQAB","d":"{{url:86}}","p":"{{url:43}}"}
{"kty":"oct","k":"{{url:43}}"}`

const lines = (text: string) => text.split('\n').map((line) => line.replaceAll(/\\n/g, '\n'))

/** Patterns for {@link filled}. */
export const secretPatterns: readonly string[] = [...lines(ISSUERS), ...lines(PLACES)]
