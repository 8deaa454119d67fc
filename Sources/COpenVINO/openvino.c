#include "COpenVINO.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The types of openvino/c/*.h that are used here; its ABI has kept them since 2022.1.
typedef int status;
typedef void object;
typedef struct {
    int64_t rank;
    int64_t *dims;
} ov_shape;
typedef struct {
    int64_t min, max;
} ov_dimension;
typedef struct {
    ov_dimension rank;
    ov_dimension *dims;
} ov_partial_shape;
enum { ov_f32 = 4 };

// The functions of OpenVINO that are used: name here, name there, result, parameters.
#define FUNCTIONS(F)                                                                                                   \
    F(core_create, ov_core_create, status, object **)                                                                  \
    F(get_property, ov_core_get_property, status, const object *, const char *, const char *, char **)                 \
    F(text_free, ov_free, void, const char *)                                                                          \
    F(core_free, ov_core_free, void, object *)                                                                         \
    F(read_model, ov_core_read_model, status, const object *, const char *, const char *, object **)                   \
    F(model_free, ov_model_free, void, object *)                                                                       \
    F(shape_to_partial, ov_shape_to_partial_shape, status, const ov_shape, ov_partial_shape *)                         \
    F(partial_free, ov_partial_shape_free, void, ov_partial_shape *)                                                   \
    F(reshape, ov_model_reshape_single_input, status, const object *, const ov_partial_shape)                          \
    F(compile, ov_core_compile_model, status, const object *, const object *, const char *, size_t, object **, ...)    \
    F(compiled_free, ov_compiled_model_free, void, object *)                                                           \
    F(request_create, ov_compiled_model_create_infer_request, status, const object *, object **)                       \
    F(request_free, ov_infer_request_free, void, object *)                                                             \
    F(infer, ov_infer_request_infer, status, object *)                                                                 \
    F(get_input, ov_infer_request_get_input_tensor_by_index, status, const object *, size_t, object **)                \
    F(get_output, ov_infer_request_get_output_tensor_by_index, status, const object *, size_t, object **)              \
    F(tensor_data, ov_tensor_data, status, const object *, void **)                                                    \
    F(tensor_size, ov_tensor_get_size, status, const object *, size_t *)                                               \
    F(tensor_type, ov_tensor_get_element_type, status, const object *, int *)                                          \
    F(tensor_set_shape, ov_tensor_set_shape, status, object *, const ov_shape)                                         \
    F(tensor_free, ov_tensor_free, void, object *)                                                                     \
    F(last_message, ov_get_last_err_msg, const char *, void)                                                           \
    F(error_info, ov_get_error_info, const char *, status)

#define FIELD(field, symbol, result, ...) result (*field)(__VA_ARGS__);
struct cov_runtime {
    char folder[3840], version[32];
    void *library;
    object *core;
    FUNCTIONS(FIELD)
};

struct cov_model {
    const cov_runtime *runtime;
    object *compiled;
};

struct cov_request {
    const cov_runtime *runtime;
    object *request;
    object *input;
    object *output;
};

static bool find(cov_runtime *runtime, const char *name, void *slot, char *message, size_t size) {
    void *function = dlsym(runtime->library, name);
    memcpy(slot, &function, sizeof function);
    if (!function) snprintf(message, size, "this OpenVINO has no function %s", name);
    return function != NULL;
}

static bool find_all(cov_runtime *runtime, char *message, size_t size) {
#define FIND(field, symbol, ...) &&find(runtime, #symbol, &runtime->field, message, size)
    return true FUNCTIONS(FIND);
}

static int explain(const cov_runtime *runtime, status code, char *message, size_t size) {
    if (code) {
        const char *detail = runtime->last_message();
        snprintf(
            message, size, "%s%s%s", runtime->error_info(code), detail && *detail ? ": " : "", detail ? detail : "");
    }
    return code;
}

#ifdef __aarch64__
#define CPU_PLUGIN "libopenvino_arm_cpu_plugin.so"
#else
#define CPU_PLUGIN "libopenvino_intel_cpu_plugin.so"
#endif

// Keeps the code of a library beside the runtime's mapped. OpenVINO unloads what it opened itself, while threads of its
// own may still be running in it: its plugin with the core, and the reader of a format with the model.
static void keep(const cov_runtime *runtime, const char *name, const char *version) {
    char path[sizeof runtime->folder + 64];
    snprintf(path, sizeof path, "%s/%s%s", runtime->folder, name, version);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library) dlclose(library);
}

static void keep_reader(const cov_runtime *runtime, const char *model_path) {
    const char *ending = strrchr(model_path, '.');
    const char *name = ending && strcmp(ending, ".onnx") == 0 ? "libopenvino_onnx_frontend"
        : ending && strcmp(ending, ".tflite") == 0            ? "libopenvino_tensorflow_lite_frontend"
                                                              : "libopenvino_ir_frontend";
    keep(runtime, name, runtime->version);
}

// Where the runtime is, and how the names of its libraries end: "/…/libopenvino_c.so.2641".
static void note_place(cov_runtime *runtime, const char *library_path) {
    static const char name[] = "libopenvino_c";
    const char *slash = strrchr(library_path, '/');
    const char *file = slash ? slash + 1 : library_path;
    snprintf(runtime->folder, sizeof runtime->folder, "%.*s", slash ? (int)(slash - library_path) : 1,
             slash ? library_path : ".");
    if (strncmp(file, name, sizeof name - 1) == 0)
        snprintf(runtime->version, sizeof runtime->version, "%s", file + sizeof name - 1);
}

int cov_runtime_load(const char *library_path, cov_runtime **result, char *message, size_t size) {
    *result = NULL;
    cov_runtime *runtime = calloc(1, sizeof *runtime);
    if (!runtime) return COV_ERROR_LIBRARY;
    runtime->library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!runtime->library) snprintf(message, size, "%s", dlerror());
    if (!runtime->library || !find_all(runtime, message, size)) {
        free(runtime);
        return COV_ERROR_LIBRARY;
    }
    note_place(runtime, library_path);
    keep(runtime, CPU_PLUGIN, "");
    int code = explain(runtime, runtime->core_create(&runtime->core), message, size);
    if (code) free(runtime);
    else *result = runtime;
    return code;
}

void cov_runtime_free(cov_runtime *runtime) {
    if (!runtime) return;
    runtime->core_free(runtime->core);
    free(runtime);
}

static int fix_input(const cov_runtime *runtime, object *model, const int64_t *dimensions, int64_t rank) {
    ov_shape shape = {.rank = rank, .dims = (int64_t *)dimensions};
    ov_partial_shape partial;
    int code = runtime->shape_to_partial(shape, &partial);
    if (code) return code;
    code = runtime->reshape(model, partial);
    runtime->partial_free(&partial);
    return code;
}

// On a processor that has brain floats and no half floats, OpenVINO takes a hint of f16 for bf16. The nudity judge then
// differs from its reference by up to 0.05, and a hand's landmarks by 1 % of its size.
static const char *attainable(const cov_runtime *runtime, const char *precision) {
    if (strcmp(precision, "f16") != 0) return precision;
    char *capabilities = NULL;
    if (runtime->get_property(runtime->core, "CPU", "OPTIMIZATION_CAPABILITIES", &capabilities)) return "f32";
    bool has_half_floats = capabilities && strstr(capabilities, "FP16");
    runtime->text_free(capabilities);
    return has_half_floats ? "f16" : "f32";
}

int cov_model_load(const cov_runtime *runtime, const char *path, int streams, const char *precision,
                   const int64_t *input_shape, int64_t rank, cov_model **result, char *message, size_t size) {
    *result = NULL;
    object *model = NULL, *compiled = NULL;
    keep_reader(runtime, path);
    int code = runtime->read_model(runtime->core, path, NULL, &model);
    if (!code && input_shape) code = fix_input(runtime, model, input_shape, rank);
    char count[16];
    snprintf(count, sizeof count, "%d", streams);
    if (!code)
        code =
            runtime->compile(runtime->core, model, "CPU", 6, &compiled, "NUM_STREAMS", count, "INFERENCE_NUM_THREADS",
                             count, "INFERENCE_PRECISION_HINT", attainable(runtime, precision));
    explain(runtime, code, message, size);
    if (model) runtime->model_free(model);
    cov_model *owned = code ? NULL : calloc(1, sizeof *owned);
    if (owned) *owned = (cov_model){runtime, compiled};
    else if (compiled) runtime->compiled_free(compiled);
    *result = owned;
    return code ? code : owned ? 0 : COV_ERROR_LIBRARY;
}

void cov_model_free(cov_model *model) {
    if (!model) return;
    model->runtime->compiled_free(model->compiled);
    free(model);
}

int cov_request_create(const cov_model *model, cov_request **result) {
    *result = NULL;
    cov_request *request = calloc(1, sizeof *request);
    if (!request) return COV_ERROR_LIBRARY;
    request->runtime = model->runtime;
    int code = model->runtime->request_create(model->compiled, &request->request);
    if (!code) code = model->runtime->get_input(request->request, 0, &request->input);
    if (code) cov_request_free(request);
    else *result = request;
    return code;
}

void cov_request_free(cov_request *request) {
    if (!request) return;
    if (request->output) request->runtime->tensor_free(request->output);
    if (request->input) request->runtime->tensor_free(request->input);
    if (request->request) request->runtime->request_free(request->request);
    free(request);
}

// Only float tensors: that is what `cov_model_load` compiles for, and what packs declare.
static int float_memory(const cov_runtime *runtime, const object *tensor, void **data, size_t *count) {
    int type;
    int code = runtime->tensor_type(tensor, &type);
    if (!code && type != ov_f32) return COV_ERROR_LIBRARY;
    if (!code) code = runtime->tensor_size(tensor, count);
    if (!code) code = runtime->tensor_data(tensor, data);
    return code;
}

int cov_request_set_input_shape(cov_request *request, const int64_t *dimensions, int64_t rank) {
    return request->runtime->tensor_set_shape(request->input, (ov_shape){rank, (int64_t *)dimensions});
}

int cov_request_input(cov_request *request, float **data, size_t *count) {
    return float_memory(request->runtime, request->input, (void **)data, count);
}

int cov_request_infer(cov_request *request) { return request->runtime->infer(request->request); }

int cov_request_output(cov_request *request, size_t index, const float **data, size_t *count) {
    const cov_runtime *runtime = request->runtime;
    if (request->output) runtime->tensor_free(request->output);
    request->output = NULL;
    int code = runtime->get_output(request->request, index, &request->output);
    return code ? code : float_memory(runtime, request->output, (void **)data, count);
}
