"""The dashboards as code: what each shows is written here, what Grafana reads is made from it."""
