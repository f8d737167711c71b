// The rules as a manifest for prometheus-operator. `groups` in the shape of a rule file.
export const prometheusRule = (groups: readonly object[]) => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'headroom', labels: { 'app.kubernetes.io/name': 'headroom' } },
  spec: { groups },
});
