#!/bin/sh
# The fastest honest shell script for the same files: no JVM (PKCS#12 under the .jks names, which Java's dual-format
# provider opens; one trust store, made once with keytool, for all), one openssl call for key and request, one for all
# randomness, no look at the system's trusted certificates, no second compression.
# usage: shell-no-jvm.sh WORKBENCH P-256|RSA-2048 NAME     (files made by workbench.ts; result in WORKBENCH/out/NAME)
set -eu
bench=$1 algorithm=$2 name=$3
out=$bench/out/$name
export GNUPGHOME="$bench/gnupg" SSL_CERT_FILE=/dev/null
mkdir -p "$out"
cd "$out"

case $algorithm in
P-256) kind='ec -pkeyopt ec_paramgen_curve:P-256' ;;
RSA-2048) kind=rsa:2048 ;;
esac
# shellcheck disable=SC2086 # two words on purpose
openssl req -batch -new -newkey $kind -nodes -keyout key -subj "/CN=$name" -out client.csr 2>/dev/null
echo "basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth
subjectAltName=URI:spiffe://example.com/bench/$name" >client.ext
random=$(openssl rand -hex 28)
store=${random#????????????????????????????????}
openssl x509 -req -in client.csr -CA "$bench/issuer.crt" -CAkey "$bench/issuer.key" -set_serial "0x${random%"$store"}" \
  -days 90 -sha256 -extfile client.ext -out leaf 2>/dev/null
cat leaf "$bench/issuer.crt" >cert
openssl pkcs12 -export -inkey key -in cert -name client -passout "pass:$store" -out cert.pfx
cp cert.pfx identity.jks
cp "$bench/ca.crt" "$bench/trustStore.jks" .

echo "{\"host\":\"cass.example.com\",\"port\":29080,\"cql_port\":29042,\"keyspace\":\"bench\",\"localDC\":\"dc1\",
 \"caCertLocation\":\"./ca.crt\",\"keyLocation\":\"./key\",\"certLocation\":\"./cert\",
 \"keyStoreLocation\":\"./identity.jks\",\"keyStorePassword\":\"$store\",
 \"trustStoreLocation\":\"./trustStore.jks\",\"trustStorePassword\":\"benchmark\",\"pfxCertPassword\":\"$store\"}" >config.json
echo "[connection]
hostname = cass.example.com
port = 29042
ssl = true

[ssl]
validate = true
certfile = ./ca.crt
userkey = ./key
usercert = ./cert" >cqlshrc

zip -q bundle.zip config.json ca.crt cert key cert.pfx identity.jks trustStore.jks cqlshrc
sha256sum bundle.zip config.json ca.crt cert key cert.pfx identity.jks trustStore.jks cqlshrc >manifest
gpg --batch --quiet --armor --local-user signer@bench.example --detach-sign manifest
gpg --batch --quiet --trust-model always --compress-level 0 --local-user signer@bench.example \
  --recipient recipient@bench.example --output bundle.zip.gpg --encrypt --sign bundle.zip
sha256sum manifest manifest.asc bundle.zip.gpg >SHA256SUMS
