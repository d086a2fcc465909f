#!/bin/sh
# What a person writes who has to hand out one Secure Connect Bundle today: one tool after the other, one call per thing.
# usage: shell-naive.sh WORKBENCH P-256|RSA-2048 NAME     (files made by workbench.ts; result in WORKBENCH/out/NAME)
set -eu
bench=$1 algorithm=$2 name=$3
out=$bench/out/$name
export GNUPGHOME="$bench/gnupg"
mkdir -p "$out"
cd "$out"

case $algorithm in
P-256) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key 2>/dev/null ;;
RSA-2048) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key 2>/dev/null ;;
esac
openssl req -new -key key -subj "/CN=$name" -out client.csr
printf 'basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth
subjectAltName=URI:spiffe://example.com/bench/%s
' "$name" >client.ext
openssl x509 -req -in client.csr -CA "$bench/issuer.crt" -CAkey "$bench/issuer.key" -set_serial "0x$(openssl rand -hex 16)" \
  -days 90 -sha256 -extfile client.ext -out leaf 2>/dev/null
cat leaf "$bench/issuer.crt" >cert
cp "$bench/ca.crt" ca.crt

pfx=$(openssl rand -hex 12)
store=$(openssl rand -hex 12)
trust=$(openssl rand -hex 12)
openssl pkcs12 -export -inkey key -in cert -name client -passout "pass:$pfx" -out cert.pfx
keytool -importkeystore -srckeystore cert.pfx -srcstoretype PKCS12 -srcstorepass "$pfx" -srcalias client \
  -destkeystore identity.jks -deststoretype JKS -deststorepass "$store" -destkeypass "$store" 2>/dev/null
keytool -importcert -noprompt -alias remote -file ca.crt -keystore trustStore.jks -storetype JKS -storepass "$trust" 2>/dev/null

cat >config.json <<END
{"host":"cass.example.com","port":29080,"cql_port":29042,"keyspace":"bench","localDC":"dc1",
 "caCertLocation":"./ca.crt","keyLocation":"./key","certLocation":"./cert",
 "keyStoreLocation":"./identity.jks","keyStorePassword":"$store",
 "trustStoreLocation":"./trustStore.jks","trustStorePassword":"$trust","pfxCertPassword":"$pfx"}
END
cat >cqlshrc <<END
[connection]
hostname = cass.example.com
port = 29042
ssl = true

[ssl]
validate = true
certfile = ./ca.crt
userkey = ./key
usercert = ./cert
END

zip -q bundle.zip config.json ca.crt cert key cert.pfx identity.jks trustStore.jks cqlshrc
sha256sum bundle.zip config.json ca.crt cert key cert.pfx identity.jks trustStore.jks cqlshrc >manifest
gpg --batch --quiet --armor --local-user signer@bench.example --detach-sign manifest
gpg --batch --quiet --trust-model always --local-user signer@bench.example --recipient recipient@bench.example \
  --output bundle.zip.gpg --encrypt --sign bundle.zip
sha256sum manifest manifest.asc bundle.zip.gpg >SHA256SUMS
