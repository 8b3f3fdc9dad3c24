namespace ItsService.SaveLoad.Accounts;

/// <summary>What must not be: an answer that no load can explain, or an account that does not close.</summary>
internal sealed class AccountException(string message) : Exception(message);
