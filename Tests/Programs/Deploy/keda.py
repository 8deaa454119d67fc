"""The shape of KEDA's resources, as far as the manifests use them: a JSON schema of our own after KEDA's definitions.

https://keda.sh/docs/2.18/reference/scaledobject-spec/ and https://keda.sh/docs/2.18/scalers/postgresql/. Unknown fields are
errors, as the API server's strict validation has it."""


def fields(required, **known):
    return {"type": "object", "properties": known, "required": required, "additionalProperties": False}


TEXT, COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}
METADATA = {"type": "object", "properties": {"name": TEXT, "namespace": TEXT}, "required": ["name"]}
REFERENCE = fields(["name"], name=TEXT, kind={"enum": ["TriggerAuthentication", "ClusterTriggerAuthentication"]})
# All values of a trigger's metadata are strings.
POSTGRESQL = fields(
    ["query", "targetQueryValue"], query=TEXT, targetQueryValue={"type": "string", "pattern": r"^\d+(\.\d+)?$"},
    activationTargetQueryValue=TEXT, connectionFromEnv=TEXT, host=TEXT, port=TEXT, userName=TEXT, dbName=TEXT, sslmode=TEXT)
TRIGGER = fields(
    ["type", "metadata"], type={"const": "postgresql"}, name=TEXT, metricType={"enum": ["AverageValue", "Value"]},
    useCachedMetrics={"type": "boolean"}, authenticationRef=REFERENCE, metadata=POSTGRESQL)
POLICY = fields(["type", "value", "periodSeconds"], type={"enum": ["Pods", "Percent"]},
                value={"type": "integer", "minimum": 1}, periodSeconds={"type": "integer", "minimum": 1, "maximum": 1800})
RULES = fields([], stabilizationWindowSeconds={"type": "integer", "minimum": 0, "maximum": 3600},
               policies={"type": "array", "items": POLICY}, selectPolicy={"enum": ["Max", "Min", "Disabled"]})
SCALED_OBJECT = fields(
    ["scaleTargetRef", "triggers"],
    scaleTargetRef=fields(["name"], name=TEXT, kind=TEXT, apiVersion=TEXT, envSourceContainerName=TEXT),
    pollingInterval=COUNT, cooldownPeriod=COUNT, initialCooldownPeriod=COUNT, idleReplicaCount=COUNT, minReplicaCount=COUNT,
    maxReplicaCount=COUNT, triggers={"type": "array", "items": TRIGGER, "minItems": 1},
    fallback=fields(["failureThreshold", "replicas"], failureThreshold=COUNT, replicas=COUNT, behavior=TEXT),
    advanced=fields([], restoreToOriginalReplicaCount={"type": "boolean"}, horizontalPodAutoscalerConfig=fields(
        [], name=TEXT, behavior=fields([], scaleDown=RULES, scaleUp=RULES))))
AUTHENTICATION = fields([], secretTargetRef={"type": "array", "items": fields(
    ["parameter", "name", "key"], parameter={"const": "connection"}, name=TEXT, key=TEXT)})


def resource(kind, spec):
    return fields(["apiVersion", "kind", "metadata", "spec"], apiVersion={"const": "keda.sh/v1alpha1"}, kind={"const": kind},
                  metadata=METADATA, spec=spec)


SCHEMAS = {kind: resource(kind, spec)
           for kind, spec in (("ScaledObject", SCALED_OBJECT), ("TriggerAuthentication", AUTHENTICATION))}
