using Google.Protobuf.Reflection;
using Grpc.Core;
using ItsService.Protocol.Reflection;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Reflection;

namespace ItsService.Server.Services;

/// <summary>The standard reflection protocol, over the descriptors of what is served.</summary>
internal sealed class ReflectionService(DescriptorIndex index, IHostApplicationLifetime lifetime)
    : ServerReflection.ServerReflectionBase
{
    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream,
        IServerStreamWriter<ServerReflectionResponse> responseStream,
        ServerCallContext context)
    {
        // A client may keep this stream for ever; it must not hold up the service's stop.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            while (await requestStream.MoveNext(either.Token))
            {
                await responseStream.WriteAsync(Answer(requestStream.Current), either.Token);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw ServiceStop.Unavailable();
        }
    }

    private ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse
                {
                    Service = { ServedServices.Names.Select(name => new ServiceResponse { Name = name }) },
                };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                AnswerFile(response, index.File(request.FileByFilename), request.FileByFilename);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                AnswerFile(response, index.FileOfSymbol(request.FileContainingSymbol), request.FileContainingSymbol);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension:
                response.ErrorResponse = NotFound(request.FileContainingExtension.ContainingType);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                AnswerExtensionNumbers(response, request.AllExtensionNumbersOfType);
                break;
            default:
                response.ErrorResponse = Error(StatusCode.InvalidArgument, "the request is empty");
                break;
        }

        return response;
    }

    // No message of this API has extensions.
    private void AnswerExtensionNumbers(ServerReflectionResponse response, string type)
    {
        if (index.HasMessage(type))
        {
            response.AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = type };
        }
        else
        {
            response.ErrorResponse = NotFound(type);
        }
    }

    private static void AnswerFile(ServerReflectionResponse response, FileDescriptor? file, string wanted)
    {
        if (file is null)
        {
            response.ErrorResponse = NotFound(wanted);
            return;
        }

        response.FileDescriptorResponse = new FileDescriptorResponse
        {
            FileDescriptorProto = { DescriptorIndex.WithImports(file).Select(each => each.SerializedData) },
        };
    }

    private static ErrorResponse NotFound(string wanted) =>
        Error(StatusCode.NotFound, $"{UntrustedText.Shown(wanted)} is not known here");

    private static ErrorResponse Error(StatusCode code, string message) =>
        new() { ErrorCode = (int)code, ErrorMessage = message };
}
