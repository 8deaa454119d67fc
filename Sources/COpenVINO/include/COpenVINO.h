/// COpenVINO: the few calls of OpenVINO's C interface that inference needs, opened at run time.
///
/// Why this shim exists: OpenVINO is fetched by a script rather than installed, so the package must build and run
/// without it; and its C interface compiles models through a variadic function, which Swift cannot call.
/// Functions return 0 or an `ov_status_e` (negative) unchanged; `message`, where asked for, receives a sentence.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct cov_runtime cov_runtime; ///< The loaded library and its core. One a process is enough.
typedef struct cov_model cov_model;     ///< A compiled model. Safe to share between threads.
typedef struct cov_request cov_request; ///< One inference at a time; one thread at a time.

enum { COV_ERROR_LIBRARY = -1001 }; ///< The library, or a function of it, was not found.

/// Opens `libopenvino_c` by path.
/// @param runtime Owned by the caller (`cov_runtime_free`); NULL on error.
int cov_runtime_load(const char *library_path, cov_runtime *_Nullable *_Nonnull runtime, char *message, size_t size);
/// Frees the core. Every model must be gone. The library stays loaded: it cannot be unloaded safely. Accepts NULL.
void cov_runtime_free(cov_runtime *_Nullable runtime);

/// Reads and compiles a model (ONNX, TFLite, OpenVINO IR) for the processor. Inputs and outputs are 32-bit floats.
/// @param streams Inferences that run side by side, one thread each; at least 1.
/// @param precision What it computes with in between: "f32"; or "f16", half floats where the processor has them and
/// 32-bit
///   ones where it has not, never brain floats.
/// @param input_shape Dimensions to fix the input to, where the model leaves them open; NULL to keep the model's own.
/// @param model Owned by the caller (`cov_model_free`, before the runtime); NULL on error.
int cov_model_load(const cov_runtime *runtime, const char *path, int streams, const char *precision,
                   const int64_t *_Nullable input_shape, int64_t rank, cov_model *_Nullable *_Nonnull model,
                   char *message, size_t size);
/// Accepts NULL.
void cov_model_free(cov_model *_Nullable model);

/// @param request Owned by the caller (`cov_request_free`, before the model); NULL on error.
int cov_request_create(const cov_model *model, cov_request *_Nullable *_Nonnull request);
/// Accepts NULL.
void cov_request_free(cov_request *_Nullable request);
/// Gives the input a shape that the model leaves open, for the inferences from here on. Its memory may move.
int cov_request_set_input_shape(cov_request *request, const int64_t *dimensions, int64_t rank);
/// The input's memory, valid until its shape is set or the request is freed. `count` receives its length in floats.
int cov_request_input(cov_request *request, float *_Nullable *_Nonnull data, size_t *count);
/// Runs the model on what is in the input. Blocks until done.
int cov_request_infer(cov_request *request);
/// An output's memory, valid until the next inference. `count` receives its length in floats.
int cov_request_output(cov_request *request, size_t index, const float *_Nullable *_Nonnull data, size_t *count);

#pragma clang assume_nonnull end
