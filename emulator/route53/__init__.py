"""Route 53 as a service that acts: health checkers that probe, a DNS server that answers, status that is published.

MiniStack keeps what is deployed (`state`); everything here follows that and nothing else:

- `checks` decides what a check's status is, `probes` asks one endpoint once, `checkers` asks all of them all the time;
- `records` and `zones` decide what DNS answers, `messages` and `dns_server` say it in DNS's own words;
- `metrics` and `api` publish the status: in CloudWatch, and to `GetHealthCheckStatus`;
- `service` puts them together.

Answers and checks go on while the control plane is down, which is in us-east-1 (FACTS 2.9): refusing changes is the
gateway's business.
"""
