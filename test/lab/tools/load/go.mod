module spiffe-webhook/test/lab/tools/load

go 1.26.0
