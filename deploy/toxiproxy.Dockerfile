# The same pinned version that stack/ builds when it is not on PATH.
FROM golang:1.25-bookworm AS build
RUN go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
FROM debian:12-slim
COPY --from=build /go/bin/server /usr/local/bin/toxiproxy-server
EXPOSE 8474 15432 16379
ENTRYPOINT ["toxiproxy-server", "-host", "0.0.0.0"]
