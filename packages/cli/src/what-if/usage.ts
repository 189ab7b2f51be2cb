import { PROMETHEUS_USAGE } from '../prometheus/server-url.ts';
import { BEHAVIOR_PRESETS } from './settings/named-behavior.ts';

export const WHAT_IF_USAGE = `activescale what-if hpa/NAME --collect 10m [settings] [options]
activescale what-if deploy/NAME --collect 10m [settings] [options]
activescale what-if --from FILE [settings] [options]

Replays the load of the HPA, or of the HPA that scales the workload, through the HPA's arithmetic, with its present settings and
with each combination of the settings below, and compares replicas, pod-hours and the time above the target. A saved load needs no
cluster. Repeat an option, or separate its values with commas: --target 8,12

Load:
      --collect DURATION   query the metrics API once a second; Ctrl-C ends it early${PROMETHEUS_USAGE}
      --for DURATION       how much of Prometheus' history (default 24h)
      --query PROMQL       total load over all pods, once for each metric of the HPA (default: api's answers about an object)
      --save FILE          save the load
      --from FILE          replay a saved load

Settings:
      --target QUANTITY    averageValue
      --behavior NAME      ${BEHAVIOR_PRESETS.join(', ')} (no behavior),
                           or a YAML file with scaleUp and scaleDown or an HPA
      --window DURATION    scale by the mean load over this time instead of the last value
      --tolerance RATIO    in both directions
      --min N, --max N     replicas
      --sync-period TIME   time between two decisions; the first value is today's (default 15s)
      --pod-start TIME     time until a new pod is ready; the first value is today's (default 20s)

Output:
      --capacity QUANTITY  count the time above this load per ready pod, instead of above each target
      --svg FILE           draw load and replicas over time

  -n, --namespace NAME     namespace (default: the context's)
  -o, --output FORMAT      human (default) or json
      --kubeconfig FILE    instead of KUBECONFIG and ~/.kube/config
      --context NAME       context of the kubeconfig
  -h, --help               print this text`;
