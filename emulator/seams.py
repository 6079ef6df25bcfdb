"""Every function of MiniStack, and of the server that it runs on, that the emulator replaces.

MiniStack has no extension points: what the emulator adds hangs on functions that the next version may rename or change.
Each entry names the function, the parameters that its replacements expect, and the functions of the emulator that
replace it, in the order in which they do: the last is called first, and each calls the one before it.
`emulator.patching` compares all of it with what is installed when the emulator starts. A version's number is in
`requirements.txt`. The file is as long as the list: it is read by name, not from top to bottom.
"""

from typing import Final, NamedTuple


class Seam(NamedTuple):
    """One function that is replaced."""

    reference: str
    """Module and name: `ministack.services.sqs:_get_q`."""
    signature: str
    """Its parameters and their defaults; of what is no function, which kind of thing it is."""
    replaced_by: tuple[str, ...]
    """Who replaces it, named from the emulator's folder on; the first is the innermost."""


def _of(module: str, *replaced: tuple[str, ...]) -> tuple[Seam, ...]:
    """Return the seams of one module, each by name, signature and who replaces it."""
    return tuple(Seam(f"{module}:{name}", signature, tuple(by)) for name, signature, *by in replaced)


SEAMS: Final = (
    *_of(
        "ministack.app",
        (
            "_enforce_execute_api",
            "(api_id, stage, method, execute_path, headers, query_params, iam_action='execute-api:Invoke')",
            "apigateway.data_plane._enforced_for_region",
            "cloudwatch.service_metrics.apis._noticed",
        ),
        (
            "_handle_post_body_shortcuts",
            "async (method, path, headers, body, query_params, request_id)",
            "apigateway.data_plane._nothing_on_data_plane",
        ),
        (
            "_handle_pre_body_request",
            "async (method, path, headers, query_params, request_id)",
            "apigateway.data_plane._nothing_on_data_plane",
        ),
        (
            "_handle_s3_control_request",
            "async (path, method, body, query_params, request_id, headers=None)",
            "s3.batch_replication.BatchReplication._serving",
        ),
        (
            "_handle_special_data_plane_request",
            "async (method, path, headers, body, query_params, request_id, raw_path=None, raw_query_string='', client_ip='127.0.0.1')",  # noqa: E501
            "apigateway.data_plane._only_data_plane",
            "outage.RequestFaults._met",
            "cloudwatch.service_metrics.apis.ApiMetrics._watched",
        ),
        ("_parse_execute_api_url", "(host, path)", "apigateway.data_plane._execute_api_by_host"),
        ("detect_service", "(method, path, headers, query_params)", "apigateway.data_plane._detected_service"),
        ("extract_region", "(headers, query_params=None)", "apigateway.data_plane._region_of_request"),
        ("pin_request_origin", "(source_ip, secure_transport)", "assembly._secure_origin"),
    ),
    *_of(
        "ministack.core.arn",
        (
            "execute_api_arn",
            "(region, account_id, api_id, stage, method, path)",
            "apigateway.resource_policies._of_its_owner",
        ),
    ),
    *_of(
        "ministack.core.concurrency",
        ("threading", "module threading", "functions.reused_threads.with_reused_threads"),
    ),
    *_of(
        "ministack.core.iam_actions",
        ("_lambda_action", "(method, path)", "iam.iam_details._knowing_more_actions"),
        ("dynamodb_service_context", "(body)", "iam.leading_keys._context_with_keys"),
        ("dynamodb_transaction_checks", "(iam_action, body, region, account_id)", "iam.leading_keys._checks_with_keys"),
        (
            "extract_iam_action",
            "(service, method, path, headers, body, query_params)",
            "iam.iam_details._knowing_batches",
        ),
        (
            "extract_resource_arn",
            "(service, method, path, headers, body, query_params, region, account_id)",
            "iam.iam_details._knowing_more_resources",
        ),
    ),
    *_of(
        "ministack.core.iam_evaluator",
        ("_resolve_condition_key", "(key, ctx)", "iam.iam_details._naming_the_role"),
        (
            "enforce",
            "(access_key_id, iam_action, service, region, resource_arn='*', service_context=None)",
            "iam.leading_keys._enforce_keyed",
            "iam.iam_denials.Refusals._noted",
        ),
        ("evaluate", "(ctx, policies, *limits)", "iam.policy_cache.narrowed"),
        ("parse_policy_document", "(doc)", "iam.policy_cache.remembered"),
        ("pin_request_origin", "(source_ip, secure_transport)", "assembly._secure_origin"),
    ),
    *_of(
        "ministack.core.lambda_runtime",
        ("Worker._drain_stderr", "(self)", "functions.worker_output.before_mark"),
        (
            "Worker._drain_stderr_bounded",
            "(self, first_line_wait=0.05, idle_confirm=0.005, hard_cap=0.25)",
            "functions.worker_output.up_to_mark",
        ),
        (
            "Worker._spawn",
            "(self)",
            "functions.worker_starts.WorkerStarts.ending",
            "functions.workers._unless_stopped",
            "functions.worker_runs.spawning",
        ),
        (
            "Worker.invoke",
            "(self, event, request_id, *, trace_id=None, depth=None, durable=None, invoked_function_arn=None)",
            "logs.live_logs.LiveLogs.noting",
            "functions.worker_runs.noting",
        ),
        ("_PYTHON_WORKER_SCRIPT", "str", "functions.workers.install"),
        ("subprocess", "module subprocess", "functions.workers.install"),
        ("threading", "module threading", "functions.reused_threads.with_reused_threads"),
        ("zipfile", "module zipfile", "functions.code_directories.CodeDirectories.unpacking_once"),
    ),
    *_of(
        "ministack.core.responses",
        ("_service_model", "(service)", "ministack_fixes._from_one_loader"),
    ),
    *_of(
        "ministack.core.router",
        ("_is_aws_service_name", "(scope_name)", "ministack_fixes._known_by_name"),
        ("extract_region", "(headers, query_params=None)", "apigateway.data_plane._region_of_request"),
    ),
    *_of(
        "ministack.services.acm",
        ("_cert_shape", "(cert)", "cloudwatch.service_metrics.certificates.CertificateMetrics._shown"),
    ),
    *_of(
        "ministack.services.apigateway_v1",
        ("_authorizers_v1", "AccountRegionScopedDict", "apigateway.api_snapshots.deployed"),
        (
            "_call_lambda_raw",
            "async (function_ref, event, *, account_id=None, region=None)",
            "apigateway.api_integrations.install",
            "apigateway.access_logs._noting_the_invocation",
            "cloudwatch.service_metrics.apis._timed",
        ),
        (
            "_check_request_validation",
            "(method_obj, api_id, request, headers, body, query_params)",
            "apigateway.validation_errors._noting_what_is_wrong",
        ),
        ("_create_base_path_mapping", "(domain_name, data)", "ministack_fixes._root_mapping_is_none"),
        ("_create_deployment", "(api_id, data)", "apigateway.api_snapshots.ApiSnapshots.taking"),
        ("_create_stage", "(api_id, data)", "apigateway.api_snapshots._of_a_deployment"),
        ("_delete_deployment", "(api_id, deployment_id)", "apigateway.api_snapshots.ApiSnapshots.keeping"),
        (
            "_gateway_error_response",
            "(error, request)",
            "apigateway.validation_errors._saying_what_is_wrong",
            "apigateway.access_logs._noting_the_refusal",
        ),
        (
            "_handle_execute_in_scope",
            "async (api_id, stage_name, method, path, headers, body, query_params, owner_account_id, owner_region)",
            "apigateway.api_snapshots.ApiSnapshots._serving",
            "apigateway.access_logs.install",
        ),
        ("_models", "AccountRegionScopedDict", "apigateway.api_snapshots.deployed"),
        ("_request_validators", "AccountRegionScopedDict", "apigateway.api_snapshots.deployed"),
        ("_resources", "AccountRegionScopedDict", "apigateway.api_snapshots.deployed"),
        ("_rest_apis", "AccountRegionScopedDict", "apigateway.api_snapshots.deployed"),
        ("_update_stage", "(api_id, stage_name, data)", "apigateway.api_snapshots._of_a_deployment"),
        ("_v1_response", "(data, status=200)", "ministack_fixes._without_empty_mutual_tls"),
        ("find_api_scope", "(api_id)", "apigateway.resource_policies._in_any_account"),
        ("find_domain_scope", "(domain_name)", "apigateway.data_plane._domain_of_region"),
        (
            "method_authorization_type",
            "(api_id, stage_name, method, path)",
            "apigateway.api_snapshots.ApiSnapshots._authorizing",
        ),
        ("rest_api_policy_for_arn", "(resource_arn)", "apigateway.api_snapshots.ApiSnapshots._judging"),
    ),
    *_of(
        "ministack.services.cloudcontrol",
        (
            "handle_request",
            "async (method, path, headers, body, query_params)",
            "dynamodb.strong_consistency.cloud_control.GlobalTables._around",
        ),
    ),
    *_of(
        "ministack.services.cloudwatch",
        ("_describe_alarms", "(params, cbor_data, is_cbor, is_json=False)", "ministack_fixes._describes_in_full"),
        (
            "_dispatch_alarm_actions",
            "(alarm, old_state, new_state, reason)",
            "cloudwatch.alarms.actions.Actions.perform",
        ),
        ("_evaluate_alarm", "(alarm)", "patching.silenced"),
        ("_evaluate_all_alarms", "()", "patching.silenced"),
        ("_evict_old_metrics", "()", "cloudwatch.alarms.metric_points._from_the_front"),
        ("_metric_bucket", "(key)", "cloudwatch.alarms.metric_points._in_order"),
        ("_put_composite_alarm", "(params, cbor_data, is_cbor, is_json=False)", "ministack_fixes._keeps_suppressor"),
        (
            "_put_metric_alarm",
            "(params, cbor_data, is_cbor, is_json=False)",
            "ministack_fixes._keeps_what_was_put",
            "cloudwatch.alarms.takeover._only_what_can_be_evaluated",
        ),
        (
            "_put_metric_data",
            "(params, cbor_data, is_cbor, is_json=False)",
            "cloudwatch.alarms.metric_data._numbers_alone",
        ),
    ),
    *_of(
        "ministack.services.cloudwatch_logs",
        ("_filter_log_events", "(data)", "logs.log_reading.in_pages"),
    ),
    *_of(
        "ministack.services.dynamodb",
        (
            "_apply_replica_updates",
            "(name, table, updates)",
            "dynamodb.table_replication.TableReplication._forgetting",
            "dynamodb.recovery.system_backups.SystemBackups._deleting_replicas",
        ),
        ("_create_replica", "(name, table, region)", "dynamodb.table_replication.TableReplication._catching_up"),
        (
            "_delete_table",
            "(data)",
            "dynamodb.table_replication.TableReplication._forgetting",
            "dynamodb.recovery.system_backups.SystemBackups._deleting",
        ),
        ("_describe_continuous_backups", "(data)", "dynamodb.recovery.histories.TableHistories.describe"),
        ("_describe_export", "(data)", "dynamodb.recovery.exports.TableExports.describe"),
        ("_execute_transaction", "(data)", "dynamodb.statements._emitting_at_the_end"),
        ("_export_table_to_point_in_time", "(data)", "dynamodb.recovery.exports.TableExports.begin"),
        (
            "_finish_import",
            "(desc, status, failure_code=None, failure_message=None)",
            "dynamodb.recovery.imports.TableImports._ending",
        ),
        ("_import_table", "(data)", "dynamodb.recovery.imports.TableImports._beginning"),
        ("_list_backups", "(data)", "dynamodb.recovery.system_backups.SystemBackups._list"),
        ("_list_exports", "(data)", "dynamodb.recovery.exports.TableExports.list_exports"),
        ("_partiql_delete", "(table, parsed, data=None)", "dynamodb.statements._emitting"),
        ("_partiql_insert", "(table, parsed)", "dynamodb.statements._emitting"),
        ("_partiql_update", "(table, parsed, data=None)", "dynamodb.statements._emitting"),
        (
            "_remove_item",
            "(table, pk_val, sk_val)",
            "cloudwatch.service_metrics.tables.TableMetrics._counting_removed",
            "dynamodb.recovery.histories.TableHistories._noting_removed",
        ),
        (
            "_replicate_write",
            "(table, event_name, old_item, new_item)",
            "dynamodb.table_replication.TableReplication.written",
            "dynamodb.strong_consistency.tables.StrongTables._committing",
        ),
        ("_restore_table_from_backup", "(data)", "dynamodb.recovery.restores.TableRestores.from_backup"),
        ("_restore_table_to_point_in_time", "(data)", "dynamodb.recovery.restores.TableRestores.to_point_in_time"),
        (
            "_set_item",
            "(table, pk_val, sk_val, item)",
            "cloudwatch.service_metrics.tables.TableMetrics._counting_set",
            "dynamodb.recovery.histories.TableHistories._noting_set",
        ),
        (
            "_table_description",
            "(name)",
            "cloudwatch.service_metrics.tables._with_warm_throughput",
            "dynamodb.strong_consistency.tables.StrongTables._describing",
            "dynamodb.recovery.restores._with_restore",
        ),
        ("_update_continuous_backups", "(data)", "dynamodb.recovery.histories.TableHistories.update"),
        (
            "handle_request",
            "async (method, path, headers, body, query_params)",
            "dynamodb.strong_consistency.requests.StrongRequests._around",
            "dynamodb.recovery.preparing.TablesInPreparation._around",
        ),
    ),
    *_of(
        "ministack.services.eventbridge",
        ("_cron_field", "(field, lo, hi, names=None)", "events.schedule_expressions.within_bounds"),
        (
            "_invoke_target",
            "(target, event, rule, view=None)",
            "functions.function_faults.FunctionFaults._only_fired_where_running",
        ),
        ("_validate_schedule_expression", "(expr)", "events.schedule_expressions._as_strict_as_aws"),
        ("start_scheduler", "()", "patching.silenced"),
    ),
    *_of(
        "ministack.services.lambda_svc",
        ("_acquire_execution_slot", "(func, config)", "cloudwatch.service_metrics.functions.FunctionMetrics._admitted"),
        (
            "_add_permission",
            "(func_name, data, query_params=None, path_qualifier=None)",
            "functions.qualified_policies.apart",
        ),
        ("_create_alias", "(func_name, data)", "functions.alias_rules.checked_when_created"),
        ("_create_function", "(data)", "functions.versions.with_code"),
        ("_delete_function", "(name, query_params, path_qualifier=None)", "functions.versions.keeping_latest"),
        ("_effective_func_record_for_qualifier", "(func, qualifier)", "functions.aliases.resolved"),
        (
            "_emit_lambda_logs",
            "(func, request_id, log_text, error, duration_ms, *, log_source=None)",
            "logs.function_logs.FunctionLogs._storing_as_allowed",
        ),
        ("_emit_lambda_metrics", "(function_name, duration_ms, error, throttle)", "patching.silenced"),
        (
            "_execute_function",
            "(func, event)",
            "functions.event_sources.StreamBatches.around",
            "functions.function_faults.FunctionFaults._only_where_running",
        ),
        (
            "_execute_function_dispatch",
            "(func, config, event, request_id, started)",
            "cloudwatch.service_metrics.functions.FunctionMetrics._counted",
        ),
        ("_execute_function_provided_warm", "(func, event, request_id)", "functions.waiting_invocations.answering"),
        (
            "_execute_function_warm",
            "(func, event, request_id)",
            "functions.waiting_invocations.answering",
            "functions.worker_runs._named_as_on_aws",
            "functions.function_faults.FunctionFaults._crashing",
        ),
        ("_execute_function_with_config_scope", "(func, event)", "functions.aliases._as_invoked"),
        ("_get_function", "(name, qualifier=None)", "functions.aliases._of_main_version"),
        ("_get_function_config", "(name, qualifier=None)", "functions.aliases._of_main_version"),
        ("_get_policy", "(func_name, query_params=None, path_qualifier=None)", "functions.qualified_policies.apart"),
        (
            "_invoke",
            "async (name, event, headers, path_qualifier=None, query_params=None)",
            "functions.aliases._by_qualifier",
        ),
        (
            "_iter_all_esms",
            "()",
            "functions.event_sources.AllowedSources.among",
            "functions.function_faults.FunctionFaults._only_polled_where_running",
        ),
        ("_list_versions", "(name, query_params)", "functions.versions.in_pages_of_versions"),
        ("_publish_version", "(name, data)", "functions.versions.published"),
        (
            "_remove_permission",
            "(func_name, sid, query_params, path_qualifier=None)",
            "functions.qualified_policies.apart",
        ),
        (
            "_send_ddb_stream_failure_record",
            "(esm, func_rec, batch, stream_arn, result, condition)",
            "functions.event_sources._sent_if_allowed",
        ),
        ("_update_alias", "(func_name, alias_name, data)", "functions.alias_rules.checked_when_updated"),
        ("_update_code", "(name, data)", "functions.versions.with_code"),
        (
            "acquire_worker",
            "(func_name, config, code_zip, qualifier='$LATEST', max_concurrency=None)",
            "functions.worker_starts.WorkerStarts.waiting",
        ),
        (
            "invalidate_worker",
            "(func_name, qualifier=None, account=None, region=None)",
            "functions.retired_workers.retiring",
            "functions.worker_starts.WorkerStarts.waking",
        ),
        (
            "invoke_async_with_retry",
            "(func, event)",
            "functions.aliases._as_invoked",
            "functions.function_faults._known_as_asynchronous",
        ),
        ("reap_idle_workers", "(ttl=None)", "functions.retired_workers.without_abandoned"),
        (
            "release_worker",
            "(worker)",
            "functions.retired_workers.ending",
            "functions.worker_starts.WorkerStarts.ending",
        ),
    ),
    *_of(
        "ministack.services.route53",
        ("_build_health_check_el", "(parent, hc)", "ministack_fixes._with_lower_case_booleans"),
        ("_change_resource_record_sets", "(zone_id, body)", "route53.api._refusing_records"),
        ("_create_health_check", "(body)", "route53.api._refusing_new_checks"),
        ("_parse_health_check_config", "(el)", "ministack_fixes._with_children_and_regions"),
        ("_update_health_check", "(hc_id, body)", "route53.api._refusing_changed_checks"),
        (
            "handle_request",
            "async (method, path, headers, body, query_params)",
            "ministack_fixes._with_dnssec_status",
            "route53.api._with_observations",
        ),
    ),
    *_of(
        "ministack.services.s3",
        ("_delete_bucket", "(name)", "s3.bucket_replication.BucketReplicator._forgetting"),
        (
            "_maybe_replicate",
            "(bucket_name, key, obj, data, tags=None)",
            "s3.bucket_replication.BucketReplicator.object_written",
        ),
        (
            "_maybe_replicate_delete_marker",
            "(bucket_name, key)",
            "s3.bucket_replication.BucketReplicator.marker_written",
        ),
        ("_put_bucket_versioning", "(name, body)", "s3.object_lock._never_suspended"),
    ),
    *_of(
        "ministack.services.scheduler",
        ("_create_schedule", "(name, body)", "scheduler.requests.checked"),
        ("_update_schedule", "(name, body)", "scheduler.requests.checked"),
        ("start_scheduler", "()", "patching.silenced"),
    ),
    *_of(
        "ministack.services.sqs",
        ("_get_q", "(url, action=None)", "cloudwatch.service_metrics.queues.QueueMetrics._noticed"),
    ),
    *_of(
        "hypercorn.asyncio.tcp_server",
        ("TCPServer._idle_timeout", "async (self)", "connections.ends_when_idle"),
        ("TCPServer._read_data", "async (self)", "connections._ends_with_its_client"),
        ("TCPServer.protocol_send", "async (self, event)", "connections.noting_when_idle"),
        ("TCPServer.run", "async (self)", "connections.Connections._noticed"),
    ),
    *_of(
        "hypercorn.protocol.h11",
        ("H11Protocol._send_h11_event", "async (self, event)", "single_write.with_body"),
    ),
    # The emulator's own, which note what they refuse.
    *_of(
        "emulator.functions.execution_role",
        ("ExecutionRole.allows", "(self, action, resource)", "iam.iam_denials.Refusals._noted_of_role"),
    ),
    *_of(
        "emulator.functions.function_policies",
        ("lets_in", "(function_arn, *, service, source_arn)", "iam.iam_denials.Refusals._noted_of_policy"),
    ),
)
