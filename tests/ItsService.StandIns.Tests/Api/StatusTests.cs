using Grpc.Core;

namespace ItsService.StandIns.Tests.Api;

public class StatusTests
{
    [Fact]
    public void Status_shows_its_code_and_detail()
    {
        Assert.Equal(
            "Status(StatusCode=\"NotFound\", Detail=\"no such thing\")",
            new Status(StatusCode.NotFound, "no such thing").ToString());
        Assert.Equal("Status(StatusCode=\"OK\", Detail=\"\")", default(Status).ToString());
    }

    [Fact]
    public void Status_shows_the_exception_behind_it()
    {
        var status = new Status(StatusCode.Internal, "broken", new InvalidOperationException("inner"));

        Assert.Equal(
            "Status(StatusCode=\"Internal\", Detail=\"broken\", " +
            "DebugException=\"System.InvalidOperationException: inner\")",
            status.ToString());
    }

    [Fact]
    public void Default_statuses_have_no_detail()
    {
        Assert.Equal((StatusCode.OK, ""), (Status.DefaultSuccess.StatusCode, Status.DefaultSuccess.Detail));
        Assert.Equal((StatusCode.Cancelled, ""), (Status.DefaultCancelled.StatusCode, Status.DefaultCancelled.Detail));
    }

    [Fact]
    public void Exception_takes_its_message_from_the_status()
    {
        var cause = new InvalidOperationException("inner");
        var status = new Status(StatusCode.Internal, "broken", cause);

        var error = new RpcException(status);

        Assert.Equal(status.ToString(), error.Message);
        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Same(cause, error.InnerException);
        Assert.Empty(error.Trailers);
    }

    [Fact]
    public void Exception_keeps_the_message_and_trailers_given()
    {
        var status = new Status(StatusCode.Aborted, "detail");
        var trailers = new Metadata { { "key", "value" } };

        Assert.Equal("message", new RpcException(status, "message").Message);
        Assert.Same(trailers, new RpcException(status, trailers).Trailers);
        Assert.Equal(status.ToString(), new RpcException(status, trailers).Message);
        Assert.Equal("message", new RpcException(status, trailers, "message").Message);
        Assert.Throws<ArgumentNullException>(() => new RpcException(status, (Metadata)null!));
    }

    [Fact]
    public void Status_codes_have_their_numbers_on_the_wire()
    {
        StatusCode[] inWireOrder =
        [
            StatusCode.OK, StatusCode.Cancelled, StatusCode.Unknown, StatusCode.InvalidArgument,
            StatusCode.DeadlineExceeded, StatusCode.NotFound, StatusCode.AlreadyExists, StatusCode.PermissionDenied,
            StatusCode.ResourceExhausted, StatusCode.FailedPrecondition, StatusCode.Aborted, StatusCode.OutOfRange,
            StatusCode.Unimplemented, StatusCode.Internal, StatusCode.Unavailable, StatusCode.DataLoss,
            StatusCode.Unauthenticated,
        ];

        Assert.Equal(Enumerable.Range(0, 17), inWireOrder.Select(code => (int)code));
    }
}
