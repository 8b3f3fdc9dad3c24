namespace ItsService.Qtest;

/// <summary>QEMU does not start, has gone, or did not understand a request.</summary>
public sealed class QtestException(string message, Exception? innerException = null)
    : Exception(message, innerException);
