/* Puts data, network and engine on the device once for all runs, and judges the weights. */
#include "cli/train/session.h"

#include "cli/workplace.h"

#include <math.h>
#include <stdlib.h>
#include <zlib.h>

/* Test images are judged in batches of this many, or of a training batch if that is more. CLBlast
 * has another kernel for large matrices; 1000 x 784 by 784 x 256 took it 17.6 ms on PoCL, four
 * times a quarter of that 11.3 ms. */
enum { JUDGED_ROWS = 250 };

static int upload_order(train_session *session, network_images *images, uint32_t count)
{
    uint32_t *order = malloc(count * sizeof *order);
    if (!order)
        return complain(EXIT_FAILED, "no memory for the order of %u images", count);
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    int code = buffer_create(&session->place, &images->order, count * sizeof *order, order);
    free(order);
    return code;
}

static int upload(train_session *session, network_images *images, const dataset_part *part)
{
    const dataset *data = session->data;
    images->mean = data->mean;
    images->scale = data->scale;
    size_t bytes = (size_t)part->count * data->pixels;
    int code = buffer_create(&session->place, &images->images, bytes, part->images);
    if (!code)
        code = buffer_create(&session->place, &images->labels, part->count, part->labels);
    return code ? code : upload_order(session, images, part->count);
}

int session_open(train_session *session, const dataset *data, const network_shape *shape,
                 size_t batch, const char *device)
{
    *session = (train_session){.data = data, .batch = batch, .bar = progress_start()};
    int code = workplace_open(&session->place, device);
    if (!code)
        code = upload(session, &session->train, &data->train);
    if (!code)
        code = upload(session, &session->test, &data->test);
    if (!code)
        code = buffer_create(&session->place, &session->losses, data->train.count * sizeof(float),
                             NULL);
    if (!code)
        code = buffer_create(&session->place, &session->correct, data->test.count, NULL);
    size_t judged = data->test.count < JUDGED_ROWS ? data->test.count : JUDGED_ROWS;
    if (!code)
        code =
            network_create(&session->net, &session->place, shape, batch > judged ? batch : judged);
    return code ? code : workplace_engine(&session->place, &session->engine);
}

static void release_images(network_images *images)
{
    buffer_release(images->images);
    buffer_release(images->labels);
    buffer_release(images->order);
}

void session_close(train_session *session)
{
    if (session->place.queue)
        clFinish(session->place.queue);
    clstep_engine_destroy(session->engine);
    network_destroy(&session->net);
    release_images(&session->train);
    release_images(&session->test);
    buffer_release(session->losses);
    buffer_release(session->correct);
    workplace_close(&session->place);
    *session = (train_session){0};
}

size_t session_steps(const train_session *session)
{
    return (session->data->train.count + session->batch - 1) / session->batch;
}

int session_accuracy(const train_session *session, double *accuracy)
{
    size_t count = session->data->test.count;
    for (size_t first = 0; first < count; first += session->net.rows) {
        size_t rows = count - first < session->net.rows ? count - first : session->net.rows;
        int code = network_judge(&session->net, &session->test, first, rows, session->correct);
        if (code)
            return code;
    }
    unsigned char *marks = malloc(count);
    if (!marks)
        return complain(EXIT_FAILED, "no memory for the marks of %zu images", count);
    int code = buffer_read(&session->place, session->correct, count, marks);
    size_t right = 0;
    for (size_t i = 0; !code && i < count; i++)
        right += marks[i];
    free(marks);
    *accuracy = (double)right / (double)count;
    return code;
}

static bool all_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

int session_checksum(const train_session *session, uint32_t *checksum, bool *finite)
{
    size_t count = network_parameters(&session->net.shape);
    float *values = malloc(count * sizeof *values);
    if (!values)
        return complain(EXIT_FAILED, "no memory for the weights");
    int code =
        buffer_read(&session->place, session->net.parameters, count * sizeof *values, values);
    if (!code) {
        *checksum = (uint32_t)crc32_z(0, (const unsigned char *)values, count * sizeof *values);
        *finite = all_finite(values, count);
    }
    free(values);
    return code;
}
